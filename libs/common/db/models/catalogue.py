"""The catalogue: every item of the last complete snapshots with its enrichment and evidence. Written by sync."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Double, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId, Word, one_of
from libs.common.domain.enums import MediaType


class MediaItem(Base):
    """One item. Null means unknown throughout: a null `play_count` is not 0, a null `requested` is not false."""

    __tablename__ = "media_items"
    __table_args__ = (
        UniqueConstraint("integration_id", "external_id"),
        one_of("media_type", MediaType),
        CheckConstraint("size_bytes >= 0", name="size"),
        CheckConstraint("(media_type = 'season') = (season_number is not null)", name="season_numbered"),
        Index(None, "disk_group_id"),
        Index(None, "integration_id", "path", postgresql_ops={"path": "text_pattern_ops"}),
    )

    id: Mapped[BigId]
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    media_type: Mapped[MediaType] = mapped_column(Word(MediaType))
    title: Mapped[str]
    show_title: Mapped[str | None]
    parent_external_id: Mapped[str | None] = mapped_column(comment="a season's show within the same integration")
    year: Mapped[int | None]
    size_bytes: Mapped[int]
    path: Mapped[str] = mapped_column(server_default="")
    disk_group_id: Mapped[int | None] = mapped_column(ForeignKey("disk_groups.id", ondelete="SET NULL"))
    poster_url: Mapped[str] = mapped_column(server_default="")
    season_number: Mapped[int | None]
    episode_count: Mapped[int | None]
    series_status: Mapped[str | None]
    quality_profile: Mapped[str | None]
    rating: Mapped[float | None] = mapped_column(Double, comment="0 to 10")
    genre: Mapped[str] = mapped_column(server_default="")
    monitored: Mapped[bool]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    language: Mapped[str | None]
    tmdb_id: Mapped[int | None]
    tvdb_id: Mapped[int | None]
    imdb_id: Mapped[str | None]
    mb_id: Mapped[str | None]
    foreign_book_id: Mapped[str | None]
    title_keys: Mapped[list[str]] = mapped_column(server_default="{}", comment="normalised titles, for want of ids")
    added_at: Mapped[datetime | None] = mapped_column(comment="file on disk since: the later of file and library date")
    file_added_at: Mapped[datetime | None] = mapped_column(comment="newest file of the item; minimum age goes by it")
    source_added_at: Mapped[datetime | None] = mapped_column(comment="what the source itself says")
    oldest_file_at: Mapped[datetime | None] = mapped_column(comment="plays from before are about another copy (S-27)")
    library_added_at: Mapped[datetime | None] = mapped_column(comment="newest date a media server gives")
    file_fingerprint: Mapped[str] = mapped_column(server_default="", comment="changes when any file changes (S-26)")
    collections: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    source_collection: Mapped[str | None] = mapped_column(comment="the source's own collection")
    collection_sources: Mapped[dict[str, Any]] = mapped_column(server_default="{}", comment="name to integration ids")
    collection_tmdb_id: Mapped[int | None]

    play_count: Mapped[int | None]
    last_played: Mapped[datetime | None]
    watched_by_users: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    watch_matched: Mapped[bool] = mapped_column(server_default=false(), comment="a watch source knows this item")
    watch_evidence_at: Mapped[datetime | None] = mapped_column(comment="time of the watch fact; null = unknown")
    watch_evidence: Mapped[dict[str, Any]] = mapped_column(
        server_default="{}", comment="integration id to what it knows of this item's plays"
    )
    requested: Mapped[bool | None]
    requested_by: Mapped[str | None]
    request_count: Mapped[int | None]
    request_evidence_at: Mapped[datetime | None]
    watched_by_requestor: Mapped[bool | None]
    on_watchlist: Mapped[bool | None]
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")

    snapshot_id: Mapped[int] = mapped_column(comment="the complete read this row comes from")
    seen_at: Mapped[datetime] = mapped_column(comment="time of that read: the age of every source fact")
    first_seen_at: Mapped[datetime]


class EpisodeFileDigest(Base):
    """What the files of a series, artist or book said last time, so that only changed ones are asked again (W41).

    Written by sync; the deleter forgets one that proved to be out of date.
    """

    __tablename__ = "episode_file_digests"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    series_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file_count: Mapped[int]
    size_bytes: Mapped[int]
    seasons: Mapped[dict[str, Any]]
    path: Mapped[str] = mapped_column(server_default="", comment="folder of the series or author at that time")


class MediaMapping(Base):
    """Which native ids a media server has for an outside id. TMDb numbers movies and TV apart, hence `kind`."""

    __tablename__ = "media_mappings"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(primary_key=True)
    native_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    title: Mapped[str] = mapped_column(server_default="")
    updated_at: Mapped[datetime] = mapped_column(index=True)
