"""How full a disk group is, and how much of it has to go (domain.md 4.6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.domain.shares import share_of


@dataclass(frozen=True, slots=True)
class Usage:
    """Used bytes of an effective total, both positive, and the thresholds in per cent."""

    used_bytes: int
    total_bytes: int
    threshold_pct: float
    target_pct: float

    @property
    def used_pct(self) -> float:
        """0 to 100, and beyond when an override is smaller than what is used."""
        return self.used_bytes / self.total_bytes * 100

    @property
    def breached(self) -> bool:
        """At or over the threshold: exactly equal is a breach."""
        return self.used_bytes >= share_of(self.total_bytes, self.threshold_pct)

    @property
    def bytes_to_free(self) -> int:
        """Bytes above the target; 0 at the target and below. Not yet reduced by what is already on its way out."""
        return max(0, int(self.used_bytes - share_of(self.total_bytes, self.target_pct)))


@dataclass(frozen=True, slots=True)
class Disk:
    """What was read of one mount, as it was reported: no override of a person changes what the filesystem is."""

    total_bytes: int
    used_bytes: int
    read_at: datetime

    @property
    def free_bytes(self) -> int:
        return self.total_bytes - self.used_bytes


def is_same_filesystem(one: Disk, other: Disk) -> bool:
    """Two mounts whose sizes agree to 1 %, read within a minute: what leaves one leaves the other too."""
    return (
        _are_close(one.total_bytes, other.total_bytes)
        and _are_close(one.free_bytes, other.free_bytes)
        and abs(one.read_at - other.read_at) <= _READ_TOGETHER
    )


_READ_TOGETHER = timedelta(seconds=60)


def _are_close(one: int, other: int) -> bool:
    return abs(one - other) * 100 <= max(one, other)
