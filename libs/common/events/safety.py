"""Breakers, and items that came back."""

from typing import ClassVar

from libs.common.events.base import Event


class _SafetyEvent(Event):
    family: ClassVar[str] = "safety"


class BreakerTripped(_SafetyEvent):
    type: ClassVar[str] = "breaker_tripped"
    hold_id: int
    code: str
    disk_group_id: int | None = None
    integration_id: int | None = None
    reason: str

    @property
    def message(self) -> str:
        return self.reason


class BreakerReleased(_SafetyEvent):
    type: ClassVar[str] = "breaker_released"
    hold_id: int
    code: str
    username: str

    @property
    def message(self) -> str:
        return f"{self.username} released the breaker {self.code}"


class ItemReturned(_SafetyEvent):
    type: ClassVar[str] = "item_returned"
    media_name: str
    media_type: str
    integration_id: int
    days_since_deletion: int

    @property
    def message(self) -> str:
        return f"{self.media_name} is back {self.days_since_deletion} days after its deletion"
