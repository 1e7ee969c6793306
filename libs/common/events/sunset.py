"""The countdown: entries, expiry, rescue, and our labels."""

from typing import ClassVar

from libs.common.events.base import Event, gigabytes
from libs.common.events.texts import ErrorText


class _SunsetEvent(Event):
    family: ClassVar[str] = "sunset"


class _ItemEvent(_SunsetEvent):
    media_name: str
    media_type: str
    disk_group_id: int


class SunsetCreated(_ItemEvent):
    type: ClassVar[str] = "sunset_created"
    days_remaining: int
    deletion_date: str

    @property
    def message(self) -> str:
        return f"{self.media_name} leaves in {self.days_remaining} days"


class SunsetCancelled(_ItemEvent):
    type: ClassVar[str] = "sunset_cancelled"

    @property
    def message(self) -> str:
        return f"{self.media_name} no longer leaves"


class SunsetRescheduled(_ItemEvent):
    type: ClassVar[str] = "sunset_rescheduled"
    new_days_remaining: int
    new_deletion_date: str

    @property
    def message(self) -> str:
        return f"{self.media_name} now leaves in {self.new_days_remaining} days"


class SunsetExpired(_ItemEvent):
    type: ClassVar[str] = "sunset_expired"
    size_bytes: int

    @property
    def message(self) -> str:
        return f"The time of {self.media_name} is over"


class SunsetEscalated(_SunsetEvent):
    type: ClassVar[str] = "sunset_escalated"
    disk_group_id: int
    items_expired: int
    bytes_freed: int

    @property
    def message(self) -> str:
        return f"Threshold reached: {self.items_expired} items leave early ({gigabytes(self.bytes_freed)})"


class SunsetMisconfigured(_SunsetEvent):
    type: ClassVar[str] = "sunset_misconfigured"
    disk_group_id: int
    mount_path: str

    @property
    def message(self) -> str:
        return f"{self.mount_path} is in sunset mode without a sunset threshold"


class SunsetSaved(_ItemEvent):
    type: ClassVar[str] = "sunset_saved"
    original_score: float
    new_score: float

    @property
    def message(self) -> str:
        return f"{self.media_name} is saved (score {self.original_score:.1f}, now {self.new_score:.1f})"


class SunsetSavedCleaned(_ItemEvent):
    type: ClassVar[str] = "sunset_saved_cleaned"

    @property
    def message(self) -> str:
        return f"The saved marker of {self.media_name} is gone"


class _LabelEvent(_SunsetEvent):
    media_name: str
    integration_id: int
    label: str


class SunsetLabelApplied(_LabelEvent):
    type: ClassVar[str] = "sunset_label_applied"
    durable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        return f'Label "{self.label}" put on {self.media_name}'


class SunsetLabelRemoved(_LabelEvent):
    type: ClassVar[str] = "sunset_label_removed"
    durable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        return f'Label "{self.label}" taken off {self.media_name}'


class SunsetLabelFailed(_LabelEvent):
    type: ClassVar[str] = "sunset_label_failed"
    error: ErrorText

    @property
    def message(self) -> str:
        return f'Label "{self.label}" on {self.media_name} failed: {self.error}'
