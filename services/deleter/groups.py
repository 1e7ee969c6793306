"""What the deleter wants to know about a disk group before it frees space on it. Pure."""

import math
from dataclasses import dataclass

from libs.common.domain.enums import ExecutionMode
from libs.common.domain.shares import share_of


@dataclass(frozen=True, slots=True)
class Group:
    """A disk group as it is stored now. Sizes in bytes; `used_bytes` is None while no reading is behind it.

    `freed_bytes` have been deleted since that reading by batches that are over, so the disk does not show them yet;
    less what it does show of batches still under way. So a batch is measured against the disk it was planned on.
    `unsure_bytes` have been deleted since the reading began, which may show them all the same, as it took its time; or
    are being deleted: until that has ended nobody knows what the reading shows of them.
    """

    id: int
    mode: ExecutionMode
    total_bytes: int
    used_bytes: int | None
    freed_bytes: int
    unsure_bytes: int
    target_pct: float
    is_held: bool

    @property
    def is_above_target(self) -> bool | None:
        """Whether more must go; None when it is not known, which is not a yes."""
        surplus = self.surplus_bytes
        return None if surplus is None else surplus > 0

    @property
    def surplus_bytes(self) -> int | None:
        """Bytes above the target before the open batches, 0 or negative at it or below; None when it is not known."""
        if self.used_bytes is None or self.total_bytes <= 0:
            return None
        return math.ceil(self.used_bytes - self.freed_bytes - share_of(self.total_bytes, self.target_pct))

    @property
    def takes_engine_jobs(self) -> bool:
        """Whether the engine's own choice may be carried out now. Only `auto` rests on how full the disk is."""
        if self.is_held:
            return False
        return self.mode is not ExecutionMode.AUTO or self.is_above_target is True
