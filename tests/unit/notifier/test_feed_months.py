"""Which monthly tables of the feed are over."""

from datetime import UTC, date, datetime

import pytest

from services.notifier.retention import is_over, month_of


@pytest.mark.parametrize(
    ("name", "month"),
    [("activity_events_2026_03", date(2026, 3, 1)), ("activity_events_default", None), ("activity_events", None)],
)
def test_month_is_read_from_the_name(name: str, month: date | None) -> None:
    assert month_of(name) == month


@pytest.mark.parametrize(
    ("month", "over"),
    [(date(2026, 2, 1), True), (date(2026, 3, 1), False), (date(2025, 12, 1), True), (date(2026, 4, 1), False)],
)
def test_month_is_over_only_when_all_of_it_is_old_enough(month: date, over: bool) -> None:
    assert is_over(month, datetime(2026, 3, 1, tzinfo=UTC)) is over
