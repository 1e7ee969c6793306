"""Which Sonarr integrations are read as whole shows, without their seasons (domain.md 4.8)."""

from collections.abc import Iterable

from libs.common.domain.enums import ExecutionMode, IntegrationType


def is_show_level_only(kind: IntegrationType, *, stored: bool, group_modes: Iterable[ExecutionMode]) -> bool:
    """True when seasons are left out: the owner said so, or one of the linked disk groups counts down (sunset)."""
    if kind is not IntegrationType.SONARR:
        return False
    return stored or any(mode is ExecutionMode.SUNSET for mode in group_modes)
