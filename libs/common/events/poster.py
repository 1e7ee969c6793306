"""Poster overlays, per media server."""

from typing import ClassVar

from libs.common.events.base import Event
from libs.common.events.texts import ErrorText


class _PosterEvent(Event):
    family: ClassVar[str] = "poster"
    media_name: str
    integration_id: int


class PosterOverlayApplied(_PosterEvent):
    type: ClassVar[str] = "poster_overlay_applied"
    durable: ClassVar[bool] = False
    days_remaining: int

    @property
    def message(self) -> str:
        return f"Poster of {self.media_name} shows {self.days_remaining} days"


class PosterOverlayRestored(_PosterEvent):
    type: ClassVar[str] = "poster_overlay_restored"
    durable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        return f"Poster of {self.media_name} restored"


class PosterOverlayFailed(_PosterEvent):
    type: ClassVar[str] = "poster_overlay_failed"
    error: ErrorText

    @property
    def message(self) -> str:
        return f"Poster of {self.media_name} failed: {self.error}"
