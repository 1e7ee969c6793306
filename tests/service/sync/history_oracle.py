"""The rules of the history read out loud, point by point: what has to stand there after the last pass."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """Usage of one disk at, or from, one time."""

    group: int
    at: datetime
    total: int
    used: int


def floor(moment: datetime, period: timedelta) -> datetime:
    """By the calendar, not by counting: hours, days, and weeks from Sunday, in UTC."""
    moment = moment.astimezone(UTC)
    if period == HOUR:
        return moment.replace(minute=0, second=0, microsecond=0)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if period == DAY else midnight - timedelta(days=midnight.isoweekday() % 7)


def mean(numbers: Iterable[int]) -> int:
    """To the nearest whole, halves up."""
    every = list(numbers)
    return (2 * sum(every) + len(every)) // (2 * len(every))


def summed(points: Iterable[Point], period: timedelta, now: datetime) -> list[Point]:
    """One point a disk and a period that is over."""
    over = sorted(point for point in points if floor(point.at, period) < floor(now, period))
    made = []
    for (group, begins), members in groupby(over, key=lambda point: (point.group, floor(point.at, period))):
        inside = list(members)
        made.append(Point(group, begins, mean(p.total for p in inside), mean(p.used for p in inside)))
    return made


def expected(raw: Iterable[Point], now: datetime) -> Mapping[str, list[Point]]:
    """What is left of everything that was ever recorded, by resolution."""
    raw = sorted(raw)
    hours = summed(raw, HOUR, now)
    days = summed(hours, DAY, now)
    weeks = summed(days, WEEK, now)
    return {
        "raw": [point for point in raw if point.at >= floor(now - timedelta(hours=48), HOUR)],
        "hourly": [point for point in hours if point.at >= floor(now - timedelta(days=7), DAY)],
        "daily": [point for point in days if point.at >= floor(now - timedelta(days=30), WEEK)],
        "weekly": [point for point in weeks if point.at >= now - timedelta(days=365)],
    }
