"""What a reading of the disk says about the deletions before it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.engine.convergence import ASKS_AFTER, Measure, Verdict

NEWEST = datetime(2025, 3, 1, 12, tzinfo=UTC)


def measured(**changes: Any) -> Measure:
    known: dict[str, Any] = {"expected": 100, "settled": 100, "used_less": 0, "grown": 0, "newest_at": NEWEST}
    return Measure(**(known | changes))


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"used_less": 50}, Verdict.SHOWN),
        ({"used_less": 49}, Verdict.MISSING),
        ({"used_less": 20, "grown": 30}, Verdict.SHOWN),
        ({"used_less": 60, "grown": -20}, Verdict.MISSING),
        ({"used_less": -500}, Verdict.MISSING),
        ({"used_less": 49, "settled": 90}, Verdict.OPEN),
        ({"used_less": 44, "settled": 90}, Verdict.MISSING),
        ({"settled": 0}, Verdict.OPEN),
    ],
)
def test_S14_half_of_what_was_deleted_has_to_appear(changes: dict[str, int], verdict: Verdict) -> None:
    assert measured(**changes).verdict(50) is verdict


def test_S14_what_a_person_removed_beside_us_does_not_count_as_ours() -> None:
    """The disk holds less because other titles went, which the catalogue shows as well."""
    assert measured(used_less=80, grown=-80).appeared == 0


def test_person_is_asked_when_an_hour_has_passed() -> None:
    assert not measured().is_overdue(NEWEST + ASKS_AFTER - timedelta(seconds=1))
    assert measured().is_overdue(NEWEST + ASKS_AFTER)


def test_recycle_bin_is_named_as_the_likely_reason() -> None:
    assert measured(recycling=("Radarr",)).sentence("/data", 50).endswith("; Radarr moves files to a recycle bin")
