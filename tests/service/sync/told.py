"""Says things as sources would have told them: through staging, commit and merge, as every read does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from libs.common.db import models as m
from libs.common.domain.enums import Capability, IntegrationType, MediaType, TitleKind
from libs.integrations.audience import (
    CollectionMember,
    Play,
    PlayNotes,
    ServerRef,
    SourceTitle,
    SourceUser,
    TitleLabel,
    TitleRequest,
    Wish,
)
from libs.integrations.models import SourceItem
from services.sync import integrations
from services.sync.audience.columns import KEPT, SERVERS, USERS
from services.sync.audience.commit import AudienceEnding, commit_audience, commit_nothing
from services.sync.audience.reading import AudienceFacts, Told
from services.sync.audience.rows import ROWS, named_rows, server_row, user_row
from services.sync.audience.staging import NAMED, AudienceStaging, audience_staging
from services.sync.catalogue import queries as catalogue
from services.sync.catalogue.rows import row_of
from services.sync.catalogue.staging import staging
from services.sync.enrichment.links import MEDIA_SERVERS
from services.sync.enrichment.merge import merge
from services.sync.failures import incomplete
from services.sync.health.rules import Failure
from services.sync.snapshots import queries as snapshots
from tests.service.sync.rows import House

MOVIE, TV = TitleKind.MOVIE, TitleKind.TV
BROKEN = incomplete("The answer broke off.")

_SERVER_MATTERS = (
    Capability.TITLES,
    Capability.PLAYS,
    Capability.WISHES,
    Capability.COLLECTIONS,
    Capability.LABELS,
)


def matters_of(kind: IntegrationType) -> tuple[Capability, ...]:
    """What a source of this type tells about."""
    if kind in MEDIA_SERVERS:
        return _SERVER_MATTERS
    return (Capability.REQUESTS,) if kind is IntegrationType.SEERR else (Capability.PLAYS,)


@dataclass
class Says:
    """One reading. What is left out is told as empty; what is in `broken` came only in part, and failed.

    `servers` None: a media server names itself by `identity`, everybody else names nobody.
    """

    titles: Sequence[SourceTitle] = ()
    plays: Sequence[Play] = ()
    wishes: Sequence[Wish] = ()
    collections: Sequence[CollectionMember] = ()
    labels: Sequence[TitleLabel] = ()
    requests: Sequence[TitleRequest] = ()
    users: Sequence[SourceUser] = ()
    servers: Sequence[ServerRef] | None = None
    identity: str | None = None
    notes: PlayNotes = field(default_factory=PlayNotes)
    broken: frozenset[Capability] = frozenset()
    is_addition: bool = False
    at: datetime | None = None

    def rows(self, each: Capability) -> Sequence[Any]:
        """What it tells about one matter."""
        told: Sequence[Any] = getattr(self, each.value)
        return told


async def tell(house: House, source_id: int, says: Says) -> Failure | None:
    """Have a source read; answers what `commit_audience` answered."""
    async with house.db.connect() as conn:
        source = await integrations.load_active(conn, source_id)
    assert source is not None
    facts = AudienceFacts(says.at or house.now)
    async with audience_staging(house.db) as stage:
        await _stage(stage, source.type, says, facts)
        claimed = await _claim(house, source_id)
        async with stage.connection.begin():
            return await commit_audience(stage.connection, AudienceEnding(claimed, source, facts, house.now))


async def _claim(house: House, source_id: int) -> snapshots.Claimed:
    snapshot_id = await house.request(source_id)
    async with house.db.begin() as tx:
        claimed = await snapshots.claim(tx, snapshot_id, "reader", house.now)
    assert claimed is not None
    return claimed


async def _stage(stage: AudienceStaging, kind: IntegrationType, says: Says, facts: AudienceFacts) -> None:
    servers = says.servers
    if servers is None:
        servers = [ServerRef("", says.identity, kind)] if kind in MEDIA_SERVERS else []
    facts.identity = servers[0].identity if kind in MEDIA_SERVERS and servers else None
    await stage.add(SERVERS, map(server_row, servers))
    await stage.add(USERS, map(user_row, says.users))
    for each in matters_of(kind):
        if each in says.broken:
            facts.told[each] = Told(failure=BROKEN)
            continue
        rows = says.rows(each)
        await stage.add(KEPT[each], map(ROWS[each], rows))
        facts.told[each] = Told(rows=len(rows))
        if each is Capability.PLAYS:
            await stage.add(NAMED, named_rows(says.notes.titles.values()))
            facts.told[each] = Told(rows=len(rows), is_addition=says.is_addition, notes=says.notes)


async def be_silent(house: House, source_id: int, failure: Failure = BROKEN) -> None:
    """Have a read of a source fail before it told anything."""
    async with house.db.connect() as conn:
        source = await integrations.load_active(conn, source_id)
    assert source is not None
    claimed = await _claim(house, source_id)
    async with house.db.begin() as tx:
        await commit_nothing(tx, AudienceEnding(claimed, source, AudienceFacts(house.now), house.now), failure)


async def own(house: House, source_id: int, *items: SourceItem) -> None:
    """Have the items of a media source read; those it does not list any more are gone."""
    snapshot_id = await house.ended(source_id)
    async with staging(house.db) as stage:
        await stage.add(map(row_of, items))
        async with stage.connection.begin():
            await catalogue.merge(
                stage.connection,
                integration_id=source_id,
                snapshot_id=snapshot_id,
                shows_only=False,
                seen_at=house.now,
            )


async def merged(house: House) -> dict[str, Any]:
    """Merge, and answer the items by their external ids (those of a second owner are hidden by the first's)."""
    async with house.db.begin() as tx:
        await merge(tx)
    item = m.MediaItem
    rows = await house.rows(select(*item.__table__.columns).order_by(item.integration_id.desc(), item.id))
    return {row.external_id: row for row in rows}


async def merged_of(house: House, source_id: int) -> dict[str, Any]:
    """Merge, and answer the items of one owner."""
    await merged(house)
    item = m.MediaItem
    rows = await house.rows(select(*item.__table__.columns).where(item.integration_id == source_id))
    return {row.external_id: row for row in rows}


async def reading(house: House, source_id: int, each: Capability) -> Any:
    """How far a matter of a source is known; None: it was never asked about."""
    row = m.SourceReading
    found = await house.rows(
        select(*row.__table__.columns).where(row.integration_id == source_id, row.capability == each)
    )
    return found[0] if found else None


def movie(external_id: str, at: datetime | None, title: str = "Serenity", **facts: Any) -> SourceItem:
    """A movie of one file that is there since `at`."""
    dates = {"added_at": at, "newest_file_at": at, "oldest_file_at": at}
    values = {"size_bytes": 10, "path": f"/movies/{external_id}", "monitored": True, "year": 2005, **dates, **facts}
    return SourceItem(external_id, MediaType.MOVIE, title, **values)


def show(external_id: str, at: datetime | None, title: str = "Firefly", **facts: Any) -> SourceItem:
    """A show whose files are there since `at`."""
    dates = {"added_at": at, "newest_file_at": at, "oldest_file_at": at}
    values = {"size_bytes": 30, "path": f"/tv/{external_id}", "monitored": True, "year": 2002, **dates, **facts}
    return SourceItem(external_id, MediaType.SHOW, title, **values)


def season(of: str, number: int, at: datetime | None, **facts: Any) -> SourceItem:
    """A season of the show with that id, whose files are there since `at`."""
    values: dict[str, Any] = {"added_at": at, "newest_file_at": at, "oldest_file_at": at, **facts}
    return SourceItem(
        f"{of}-s{number}",
        MediaType.SEASON,
        f"Firefly - Season {number}",
        10,
        f"/tv/{of}",
        monitored=True,
        show_title="Firefly",
        parent_external_id=of,
        season_number=number,
        **values,
    )


def film(native_id: str, title: str = "Serenity", **facts: Any) -> SourceTitle:
    """A movie as a media server or a history lists it."""
    return SourceTitle(native_id, MOVIE, title, **{"year": 2005, **facts})


def series(native_id: str, title: str = "Firefly", **facts: Any) -> SourceTitle:
    """A show as a media server or a history lists it."""
    return SourceTitle(native_id, TV, title, **{"year": 2002, **facts})


def seen(title_id: str, *, at: datetime | None, by: str = "1", **facts: Any) -> Play:
    """One play; with `is_count` a counter. Its id follows from what it says, unless it is given."""
    place = (facts.get("server", ""), title_id, by, facts.get("season_number"), facts.get("episode_id", ""), at)
    values = {"play_id": ":".join(map(str, place)), **facts}
    return Play(title_id=title_id, user_id=by, last_played_at=at, **values)


def asked(request_id: str, *, by: str = "9", name: str = "", at: datetime | None = None, **facts: Any) -> TitleRequest:
    """A request that stands, unless it says otherwise."""
    values: dict[str, Any] = {"kind": MOVIE, "counts": True, "is_pending": False, **facts}
    return TitleRequest(request_id, user_id=by, requested_by=name, requested_at=at, **values)


def noted(*titles: SourceTitle, **facts: Any) -> PlayNotes:
    """Notes of a history that names these titles."""
    return PlayNotes(titles={(title.server, title.native_id): title for title in titles}, **facts)
