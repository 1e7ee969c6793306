"""4.8: who is read without seasons."""

import pytest

from libs.common.domain.enums import ExecutionMode, IntegrationType
from services.sync.show_level import is_show_level_only

SUNSET, AUTO = ExecutionMode.SUNSET, ExecutionMode.AUTO


@pytest.mark.parametrize(
    ("kind", "stored", "modes", "expected"),
    [
        (IntegrationType.SONARR, True, [], True),
        (IntegrationType.SONARR, False, [AUTO], False),
        (IntegrationType.SONARR, False, [AUTO, SUNSET], True),
        (IntegrationType.SONARR, False, [], False),
        (IntegrationType.RADARR, True, [SUNSET], False),
    ],
    ids=["flag", "no flag", "linked to a sunset group", "no group", "not sonarr"],
)
def test_seasons_are_left_out_when(
    kind: IntegrationType, stored: bool, modes: list[ExecutionMode], expected: bool
) -> None:
    assert is_show_level_only(kind, stored=stored, group_modes=modes) is expected
