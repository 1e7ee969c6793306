"""Approval: every candidate waits for a person, and nothing is deleted before one has said so."""

from libs.common.domain.enums import ExecutionMode
from services.engine.modes.dispatch import Mode

APPROVAL = Mode(ExecutionMode.APPROVAL, deletes=False, asks=True)
