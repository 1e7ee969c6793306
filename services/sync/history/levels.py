"""What is summed up from what, and how long each is kept (domain.md 7.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.domain.enums import HistoryResolution as Resolution
from libs.common.domain.history import PERIODS, beginning


@dataclass(frozen=True, slots=True)
class Level:
    """One step of summing up: points of `finer` become one point of `resolution` a period."""

    finer: Resolution
    finer_kept: timedelta
    resolution: Resolution

    @property
    def period(self) -> timedelta:
        return PERIODS[self.resolution]

    def end(self, now: datetime) -> datetime:
        """The beginning of the period that is not over yet: what lies before it is summed up."""
        return beginning(now, self.period)

    def forgotten_before(self, now: datetime) -> datetime:
        """Finer points from before that go: whole periods only, so that every sum can be made again from all of it."""
        return beginning(now - self.finer_kept, self.period)


LEVELS = (
    Level(Resolution.RAW, timedelta(hours=48), Resolution.HOURLY),
    Level(Resolution.HOURLY, timedelta(days=7), Resolution.DAILY),
    Level(Resolution.DAILY, timedelta(days=30), Resolution.WEEKLY),
)
"""In their order: each is made of what the one before it has just made."""

WEEKS_KEPT = timedelta(days=365)
