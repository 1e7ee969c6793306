"""Which disk group is in most need, and how much would have to go (api.md 2.11, `diskContext`)."""

from collections.abc import Iterable
from dataclasses import dataclass

from libs.common.domain.shares import share_of


@dataclass(frozen=True, slots=True)
class Disk:
    """A group's numbers; `total_bytes` is the effective one."""

    total_bytes: int
    used_bytes: int
    target_pct: float
    threshold_pct: float

    @property
    def used_share(self) -> float:
        """0 to 1 of the total; 0 when the total is unknown."""
        return self.used_bytes / self.total_bytes if self.total_bytes > 0 else 0.0

    @property
    def bytes_to_free(self) -> int:
        """Down to the target, and 0 below the threshold."""
        if self.total_bytes <= 0 or self.used_bytes < share_of(self.total_bytes, self.threshold_pct):
            return 0
        return max(0, int(self.used_bytes - share_of(self.total_bytes, self.target_pct)))


def neediest(disks: Iterable[Disk]) -> Disk | None:
    """The group with most bytes to free, and the fullest among equals; None without a group of known size."""
    sized = [disk for disk in disks if disk.total_bytes > 0]
    return max(sized, key=lambda disk: (disk.bytes_to_free, disk.used_share), default=None)
