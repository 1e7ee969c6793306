"""What media servers, histories and request systems told: the last complete reading of each. Written by sync."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, false, true
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, Word, one_of
from libs.common.domain.enums import Capability, MatchedBy, TitleKind

_OF_INTEGRATION = "integrations.id"


class SourceReading(Base):
    """How far one capability of one source is known: the newest complete reading, and what went wrong since."""

    __tablename__ = "source_readings"
    __table_args__ = (one_of("capability", Capability),)

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    capability: Mapped[Capability] = mapped_column(Word(Capability), primary_key=True)
    complete_at: Mapped[datetime | None] = mapped_column(comment="time of the facts; null = never read completely")
    full_at: Mapped[datetime | None] = mapped_column(comment="newest reading that was not only an addition")
    rows: Mapped[int] = mapped_column(server_default="0")
    covers_since: Mapped[datetime | None] = mapped_column(comment="plays: nothing is known from before")
    tells_seasons: Mapped[bool] = mapped_column(server_default=true())
    partial: Mapped[str] = mapped_column(server_default="", comment="why the facts cannot be all; empty = they are")
    failed_at: Mapped[datetime | None] = mapped_column(comment="newest failure since; null = the newest read succeeded")
    error_class: Mapped[str] = mapped_column(server_default="")
    error: Mapped[str] = mapped_column(server_default="")
    suspected_rows: Mapped[int | None] = mapped_column(comment="size of a reading that was too small to be believed")
    unresolved: Mapped[int] = mapped_column(server_default="0", comment="rows that name no title")
    matched: Mapped[int] = mapped_column(server_default="0", comment="titles that are an item of ours")
    unmatched: Mapped[int] = mapped_column(server_default="0")
    ambiguous: Mapped[int] = mapped_column(server_default="0")
    conflicts: Mapped[int] = mapped_column(server_default="0")
    examples: Mapped[list[str]] = mapped_column(server_default="{}", comment="names of some unmatched titles")


class SourceServer(Base):
    """A media server as a source names it, and which of our integrations that is; null: it could not be told."""

    __tablename__ = "source_servers"

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    server: Mapped[str] = mapped_column(primary_key=True)
    identity: Mapped[str | None]
    type: Mapped[str | None]
    name: Mapped[str] = mapped_column(server_default="")
    linked_id: Mapped[int | None] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="SET NULL"), index=True)
    covers_since: Mapped[datetime | None] = mapped_column(comment="nothing is known of plays there from before")


class SourceTitle(Base):
    """A movie, show or artist as one source numbers it."""

    __tablename__ = "source_titles"
    __table_args__ = (
        one_of("kind", TitleKind),
        Index(None, "kind", "tmdb_id", postgresql_where="tmdb_id is not null"),
    )

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    server: Mapped[str] = mapped_column(primary_key=True)
    native_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[TitleKind] = mapped_column(Word(TitleKind))
    title: Mapped[str] = mapped_column(server_default="")
    title_key: Mapped[str] = mapped_column(server_default="", comment="normalised title; empty = no title matching")
    year: Mapped[int | None]
    tmdb_id: Mapped[int | None]
    tvdb_id: Mapped[int | None]
    imdb_id: Mapped[str | None]
    mb_id: Mapped[str | None]
    guids: Mapped[list[str]] = mapped_column(server_default="{}")
    folders: Mapped[list[str]] = mapped_column(server_default="{}")
    added_at: Mapped[datetime | None]
    is_listed: Mapped[bool] = mapped_column(server_default=true(), comment="false: known from plays only")


class TitleMatch(Base):
    """Which items a title of a source is. Made anew by every merge."""

    __tablename__ = "title_matches"
    __table_args__ = (one_of("matched_by", MatchedBy), Index(None, "item_id"))

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    server: Mapped[str] = mapped_column(primary_key=True)
    native_id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("media_items.id", ondelete="CASCADE"), primary_key=True)
    matched_by: Mapped[MatchedBy] = mapped_column(Word(MatchedBy))
    is_disputed: Mapped[bool] = mapped_column(server_default=false(), comment="another of its ids names another item")


class HouseCoverage(Base):
    """How many of our items a media server has, of each kind that it has at all. Counted anew by every whole merge."""

    __tablename__ = "house_coverage"
    __table_args__ = (one_of("kind", TitleKind),)

    house_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    kind: Mapped[TitleKind] = mapped_column(Word(TitleKind), primary_key=True)
    known: Mapped[int]


class SourceUser(Base):
    """A person as one source knows them. `person` is the name that all sources of the same person share."""

    __tablename__ = "source_users"

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[list[str]] = mapped_column(server_default="{}")
    ids: Mapped[list[str]] = mapped_column(server_default="{}")
    is_readable: Mapped[bool] = mapped_column(server_default=true())
    person: Mapped[str] = mapped_column(server_default="")


class SourcePlay(Base):
    """One play of a title, or (`is_count`) what a source counts for one user and one title or episode."""

    __tablename__ = "source_plays"
    __table_args__ = (CheckConstraint("plays >= 0", name="plays"), Index(None, "integration_id", "title_id"))

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    play_id: Mapped[str] = mapped_column(primary_key=True)
    server: Mapped[str] = mapped_column(server_default="")
    title_id: Mapped[str]
    user_id: Mapped[str] = mapped_column(server_default="")
    season_number: Mapped[int | None] = mapped_column(SmallInteger)
    episode_id: Mapped[str] = mapped_column(server_default="")
    last_played_at: Mapped[datetime | None]
    plays: Mapped[int]
    is_count: Mapped[bool] = mapped_column(server_default=false())


class SourceWish(Base):
    """Somebody wants to see a title: watchlist, favourite or on deck."""

    __tablename__ = "source_wishes"

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    server: Mapped[str] = mapped_column(primary_key=True)
    title_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)


class SourceCollectionMember(Base):
    """A title in a media server's own collection."""

    __tablename__ = "source_collection_members"

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    collection_id: Mapped[str] = mapped_column(primary_key=True)
    title_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_smart: Mapped[bool] = mapped_column(server_default=false())


class SourceLabel(Base):
    """A label of a title on a media server."""

    __tablename__ = "source_labels"

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    title_id: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)


class SourceRequest(Base):
    """A request for a title. `seasons` empty: the whole show."""

    __tablename__ = "source_requests"
    __table_args__ = (one_of("kind", TitleKind),)

    integration_id: Mapped[int] = mapped_column(ForeignKey(_OF_INTEGRATION, ondelete="CASCADE"), primary_key=True)
    request_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[TitleKind] = mapped_column(Word(TitleKind))
    counts: Mapped[bool]
    is_pending: Mapped[bool] = mapped_column(server_default=false())
    user_id: Mapped[str] = mapped_column(server_default="")
    requested_by: Mapped[str] = mapped_column(server_default="")
    requested_at: Mapped[datetime | None]
    tmdb_id: Mapped[int | None]
    tvdb_id: Mapped[int | None]
    imdb_id: Mapped[str | None]
    arr_id: Mapped[str] = mapped_column(server_default="")
    seasons: Mapped[list[int]] = mapped_column(server_default="{}")
    is_4k: Mapped[bool] = mapped_column(server_default=false())


class EnrichmentState(Base):
    """Whether the catalogue's enrichment is older than what the sources told (single row, id 1)."""

    __tablename__ = "enrichment_state"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, server_default="1")
    wanted: Mapped[int] = mapped_column(server_default="0", comment="grows with every reading")
    wanted_at: Mapped[datetime | None] = mapped_column(comment="real time of the newest reading")
    changed: Mapped[int] = mapped_column(
        server_default="0", comment="the newest `wanted` that was more than a new time"
    )
    retitled: Mapped[int] = mapped_column(server_default="0", comment="the newest `wanted` with other titles or items")
    merged: Mapped[int] = mapped_column(server_default="0", comment="the `wanted` that the catalogue shows")
    merged_at: Mapped[datetime | None] = mapped_column(comment="business time of the newest merge")
    counted_earlier: Mapped[bool | None] = mapped_column(comment="countEarlierPlays, as the newest merge took it")
    inherited: Mapped[bool | None] = mapped_column(comment="seasonInheritsShowActivity, as the newest merge took it")
