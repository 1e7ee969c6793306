"""The prepared preview was filled or no longer tells the truth. All transient."""

from typing import ClassVar

from libs.common.events.base import Event


class _PreviewEvent(Event):
    family: ClassVar[str] = "preview"
    durable: ClassVar[bool] = False


class PreviewUpdated(_PreviewEvent):
    type: ClassVar[str] = "preview_updated"
    item_count: int
    timestamp: str

    @property
    def message(self) -> str:
        return f"Preview updated: {self.item_count} items"


class AnalyticsUpdated(_PreviewEvent):
    type: ClassVar[str] = "analytics_updated"
    item_count: int
    timestamp: str

    @property
    def message(self) -> str:
        return f"Analytics updated: {self.item_count} items"


class PreviewInvalidated(_PreviewEvent):
    type: ClassVar[str] = "preview_invalidated"
    reason: str

    @property
    def message(self) -> str:
        return f"Preview outdated: {self.reason}"
