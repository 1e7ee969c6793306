"""Disk groups: thresholds reached, mounts that go and come back."""

from typing import ClassVar

from libs.common.events.base import Event


class _DiskEvent(Event):
    family: ClassVar[str] = "disk"


class ThresholdBreached(_DiskEvent):
    type: ClassVar[str] = "threshold_breached"
    mount_path: str
    current_pct: float
    threshold_pct: float
    target_pct: float

    @property
    def message(self) -> str:
        return f"{self.mount_path} is {self.current_pct:.1f}% full, over its threshold of {self.threshold_pct:.0f}%"


class DiskGroupStale(_DiskEvent):
    type: ClassVar[str] = "disk_group_stale"
    disk_group_id: int
    mount_path: str

    @property
    def message(self) -> str:
        return f"{self.mount_path} is no longer reported by any integration"


class DiskGroupReaped(_DiskEvent):
    type: ClassVar[str] = "disk_group_reaped"
    disk_group_id: int
    mount_path: str
    stale_days: int

    @property
    def message(self) -> str:
        return f"{self.mount_path} removed after {self.stale_days} days without a report"


class DiskGroupResurrected(_DiskEvent):
    type: ClassVar[str] = "disk_group_resurrected"
    disk_group_id: int
    mount_path: str
    stale_days: int

    @property
    def message(self) -> str:
        return f"{self.mount_path} is back after {self.stale_days} days, with its settings"
