"""The preview on the wire. The engine renders these bodies; the models here describe them."""

from typing import Any, Literal

from libs.common.domain.enums import MediaType
from services.api.wire import Answer, Num, Time


class ScoreFactor(Answer):
    """One part of a score; `rawScore` and `contribution` are 0 to 1."""

    name: str
    key: str
    factor: str | None = None
    raw_score: Num
    weight: Num
    contribution: Num
    type: Literal["weight", "rule"]
    matched_value: str | None = None
    rule_id: int | None = None
    skipped: bool | None = None
    skip_reason: str | None = None


class MediaItem(Answer):
    """An item as the sources know it; unknown facts are left out."""

    external_id: str
    integration_id: int
    type: MediaType
    title: str
    year: int | None = None
    size_bytes: int
    path: str
    poster_url: str | None = None
    season_number: int | None = None
    episode_count: int | None = None
    show_title: str | None = None
    series_status: str | None = None
    quality_profile: str | None = None
    rating: Num | None = None
    genre: str | None = None
    monitored: bool
    play_count: int | None = None
    last_played: Time | None = None
    added_at: Time | None = None
    tags: list[str] | None = None
    is_requested: bool | None = None
    requested_by: str | None = None
    request_count: int | None = None
    tmdb_id: int | None = None
    language: str | None = None
    collections: list[str] | None = None
    labels: list[str] | None = None
    watched_by_users: list[str] | None = None
    watched_by_requestor: bool | None = None
    on_watchlist: bool | None = None


class ItemHold(Answer):
    """Why this item would not be taken now; `temporary`: time may heal it."""

    code: str
    message: str
    temporary: bool


class PreviewItem(Answer):
    """A scored item, best candidate first. `score` is 0 to 100 and the sum of `factors`."""

    title: str
    size_bytes: int
    score: Num
    factors: dict[str, Num]
    protected: bool
    integration: str
    type: MediaType
    year: int | None = None
    integration_id: int
    external_id: str
    poster_url: str | None = None
    item: MediaItem
    is_protected: bool
    reason: str
    score_factors: list[ScoreFactor]
    queue_status: Literal["pending", "approved", "user_initiated", "deleting"] | None = None
    approval_queue_id: int | None = None
    holds: list[ItemHold] | None = None


class DiskContext(Answer):
    """The disk group in most need. `bytesToFree` is 0 below its threshold."""

    total_bytes: int
    used_bytes: int
    target_pct: Num
    threshold_pct: Num
    bytes_to_free: int


def members(context: DiskContext | None) -> dict[str, Any] | None:
    """As JSON members."""
    return None if context is None else context.model_dump(mode="json", by_alias=True)
