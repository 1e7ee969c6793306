"""Whether the space of what was deleted has really appeared on its disk (S-14). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

SETTLES_WITHIN = timedelta(minutes=1)
"""An upstream removes files after its answer; a reading so soon behind a deletion may not show it."""

ASKS_AFTER = timedelta(hours=1)
"""Some filesystems take their time. What has not come by then is a person's matter."""


class Verdict(StrEnum):
    """What a reading of the disk says. `OPEN`: too soon to tell."""

    SHOWN = "shown"
    OPEN = "open"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Measure:
    """What left a disk since a run decided on it, and what the disk shows of it. All sizes in bytes.

    `expected` was deleted before the newest reading, `settled` of it at least a minute before. `used_less` is how much
    less the disk holds, `grown` how much the catalogue would have grown without the deletions: downloads that came
    meanwhile took their place.
    """

    expected: int
    settled: int
    used_less: int
    grown: int
    newest_at: datetime
    recycling: tuple[str, ...] = ()
    """Names of sources of the disk that move what they delete to a recycle bin."""

    @property
    def appeared(self) -> int:
        """Bytes of free space that the deletions have made; never below zero."""
        return max(0, self.used_less + self.grown)

    def verdict(self, min_pct: int) -> Verdict:
        """Whether `min_pct` (0 to 100) of what was expected has appeared."""
        if self.appeared * 100 >= self.expected * min_pct:
            return Verdict.SHOWN
        return Verdict.MISSING if self.appeared * 100 < self.settled * min_pct else Verdict.OPEN

    def is_overdue(self, read_at: datetime) -> bool:
        """Whether the reading came long enough behind the last deletion to ask a person."""
        return read_at - self.newest_at >= ASKS_AFTER

    def sentence(self, mount: str, min_pct: int) -> str:
        """The figures for people, and the likeliest reason."""
        bins = f"; {', '.join(self.recycling)} moves files to a recycle bin" if self.recycling else ""
        return (
            f"{_gib(self.expected)} GB were deleted on {mount}, and only {_gib(self.appeared)} GB have appeared as "
            f"free space, less than {min_pct} %{bins}"
        )

    def details(self, min_pct: int) -> dict[str, Any]:
        """The same for machines."""
        return {
            "expectedBytes": self.expected,
            "appearedBytes": self.appeared,
            "grownBytes": self.grown,
            "convergencePct": min_pct,
            "recycleBins": list(self.recycling),
        }


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / 1024**3:.1f}"
