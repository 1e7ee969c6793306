"""When a disk will be full, from a straight line through its usage: exact arithmetic, no input of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from libs.common.domain.shares import share_of

NEVER = -1
_MICROSECOND = timedelta(microseconds=1)
_DAY_US = timedelta(days=1) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Sample:
    """Used bytes at one time."""

    at: datetime
    used_bytes: int


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk group as it is now; `total_bytes` is the effective one, 0 when it is unknown."""

    total_bytes: int
    used_bytes: int
    threshold_pct: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """Bytes a day, and whole days; `NEVER` where nothing grows or no size is known."""

    growth_per_day: int = 0
    days_until_threshold: int = NEVER
    days_until_full: int = NEVER


def growth_per_day(samples: Sequence[Sample]) -> int:
    """The slope of least squares in bytes a day, cut towards 0; 0 without two different times (domain.md 7.3).

    In whole microseconds and bytes, because floating numbers lose the small slope of a disk of many terabytes.
    """
    if not samples:
        return 0
    first = min(sample.at for sample in samples)
    xs = [(sample.at - first) // _MICROSECOND for sample in samples]
    ys = [sample.used_bytes for sample in samples]
    n, sum_x, sum_y = len(samples), sum(xs), sum(ys)
    below = n * sum(x * x for x in xs) - sum_x * sum_x
    if below == 0:
        return 0
    above = n * sum(x * y for x, y in zip(xs, ys, strict=True)) - sum_x * sum_y
    return int(Fraction(above * _DAY_US, below))


def outlook(disk: Disk, samples: Sequence[Sample]) -> Outlook:
    """Growth, and the days left until the threshold and until the end."""
    growth = growth_per_day(samples)
    if growth <= 0 or disk.total_bytes <= 0:
        return Outlook(growth_per_day=growth)
    return Outlook(
        growth_per_day=growth,
        days_until_threshold=_days_until(share_of(disk.total_bytes, disk.threshold_pct), disk.used_bytes, growth),
        days_until_full=_days_until(Fraction(disk.total_bytes), disk.used_bytes, growth),
    )


def used_pct(disk: Disk) -> float:
    """0 to 100 and beyond, to two digits; 0 when the size is unknown."""
    return round(disk.used_bytes / disk.total_bytes * 100, 2) if disk.total_bytes > 0 else 0.0


def _days_until(level: Fraction, used: int, growth: int) -> int:
    return max(0, int((level - used) / growth))
