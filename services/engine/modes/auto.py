"""Auto: every candidate becomes a real job, which still waits out its grace period and is checked again."""

from libs.common.domain.enums import ExecutionMode
from services.engine.modes.dispatch import Mode

AUTO = Mode(ExecutionMode.AUTO, deletes=True)
