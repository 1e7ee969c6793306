"""The periods in which disk usage is summed up: how long each is, and where it begins (domain.md 7.5)."""

from datetime import UTC, datetime, timedelta

from libs.common.domain.enums import HistoryResolution

PERIODS = {
    HistoryResolution.HOURLY: timedelta(hours=1),
    HistoryResolution.DAILY: timedelta(days=1),
    HistoryResolution.WEEKLY: timedelta(days=7),
}
"""A point of one of these is the mean of its period and carries the time of its beginning; a raw one is a moment."""

ORIGIN = datetime(2000, 1, 2, tzinfo=UTC)
"""A Sunday: weeks begin on Sunday, days and hours with the clock, all in UTC whatever the zone of the machine."""


def beginning(moment: datetime, period: timedelta) -> datetime:
    """Where the period begins that this moment lies in; the same as `date_bin(period, moment, ORIGIN)` in SQL."""
    return moment - (moment - ORIGIN) % period
