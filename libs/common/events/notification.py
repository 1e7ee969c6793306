"""Notification channels and what became of their deliveries."""

from typing import ClassVar

from libs.common.events.base import Event
from libs.common.events.texts import ErrorText


class _ChannelEvent(Event):
    family: ClassVar[str] = "notification"
    verb: ClassVar[str]
    channel_id: int
    channel_type: str
    name: str

    @property
    def message(self) -> str:
        return f"{self.name} ({self.channel_type}): {self.verb}"


class NotificationChannelAdded(_ChannelEvent):
    type: ClassVar[str] = "notification_channel_added"
    verb: ClassVar[str] = "channel added"


class NotificationChannelUpdated(_ChannelEvent):
    type: ClassVar[str] = "notification_channel_updated"
    verb: ClassVar[str] = "channel updated"


class NotificationChannelRemoved(_ChannelEvent):
    type: ClassVar[str] = "notification_channel_removed"
    verb: ClassVar[str] = "channel removed"


class NotificationSent(_ChannelEvent):
    type: ClassVar[str] = "notification_sent"
    verb: ClassVar[str] = "notification delivered"
    trigger_type: str


class NotificationDeliveryFailed(_ChannelEvent):
    type: ClassVar[str] = "notification_delivery_failed"
    verb: ClassVar[str] = "notification not delivered"
    error: ErrorText

    @property
    def message(self) -> str:
        return f"{super().message}: {self.error}"
