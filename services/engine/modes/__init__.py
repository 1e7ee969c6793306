"""What a run does with a disk group's candidates; a mode that is not here dispatches nothing."""

from libs.common.domain.enums import ExecutionMode
from services.engine.modes.auto import AUTO
from services.engine.modes.dispatch import Mode
from services.engine.modes.dry_run import DRY_RUN

MODES: dict[ExecutionMode, Mode] = {ExecutionMode.DRY_RUN: DRY_RUN, ExecutionMode.AUTO: AUTO}

__all__ = ["MODES", "Mode"]
