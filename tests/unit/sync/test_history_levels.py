"""Where hours, days and weeks of usage begin, and what of them is forgotten when."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.enums import HistoryResolution as Resolution
from libs.common.domain.history import PERIODS, beginning
from services.sync.history.levels import LEVELS

SATURDAY = datetime(2026, 3, 7, 13, 47, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("resolution", "begins"),
    [
        (Resolution.HOURLY, datetime(2026, 3, 7, 13, tzinfo=UTC)),
        (Resolution.DAILY, datetime(2026, 3, 7, tzinfo=UTC)),
        (Resolution.WEEKLY, datetime(2026, 3, 1, tzinfo=UTC)),
    ],
    ids=str,
)
def test_periods_begin_with_the_clock_and_weeks_on_sunday(resolution: Resolution, begins: datetime) -> None:
    assert beginning(SATURDAY, PERIODS[resolution]) == begins
    assert beginning(begins, PERIODS[resolution]) == begins
    assert beginning(begins - timedelta(microseconds=1), PERIODS[resolution]) == begins - PERIODS[resolution]


@given(
    moment=st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  as given
    hours=st.integers(-12, 14),
)
def test_the_zone_in_which_a_moment_is_told_changes_nothing(moment: datetime, hours: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))

    for period in PERIODS.values():
        assert beginning(elsewhere, period) == beginning(moment, period)


@given(now=st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  as given
def test_only_whole_periods_that_are_over_are_forgotten(now: datetime) -> None:
    for level in LEVELS:
        before = level.forgotten_before(now)
        assert beginning(before, level.period) == before
        assert level.finer_kept <= now - before < level.finer_kept + level.period
        assert before <= level.end(now)


def test_points_are_kept_as_long_as_is_promised() -> None:
    kept = {level.finer: level.finer_kept for level in LEVELS}

    assert kept == {
        Resolution.RAW: timedelta(hours=48),
        Resolution.HOURLY: timedelta(days=7),
        Resolution.DAILY: timedelta(days=30),
    }
