"""Dry run: every candidate becomes a simulated job, whatever the switches say later."""

from libs.common.domain.enums import ExecutionMode
from services.engine.modes.dispatch import Mode

DRY_RUN = Mode(ExecutionMode.DRY_RUN, deletes=False)
