"""What a run does with a disk group's candidates.

Sunset has no entry yet: a group in that mode is scored and counted, dispatches nothing, and its row of the run says
so (`mode_unavailable`).
"""

from libs.common.domain.enums import ExecutionMode
from services.engine.modes.approval import APPROVAL
from services.engine.modes.auto import AUTO
from services.engine.modes.dispatch import Mode
from services.engine.modes.dry_run import DRY_RUN

MODES: dict[ExecutionMode, Mode] = {mode.mode: mode for mode in (DRY_RUN, APPROVAL, AUTO)}

__all__ = ["MODES", "Mode"]
