"""All SQL behind an explanation: what sources told of one item and when, where it waits, and what holds its group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ACTIVE_JOB_STATES, ApprovalStatus, Capability, HoldCode, HoldScope, IntegrationType
from libs.common.messaging.engine_questions import QueuedApproval, QueuedDeletion, QueuedSunset, Queues
from services.engine.holds import USED_IN_RUN
from services.engine.mass_change import Extent, released
from services.engine.runs.queries import sources_of_group


@dataclass(frozen=True, slots=True)
class TellingSource:
    """One capability of one enabled source that enriches, as far as it is known. `complete_at` None: never read."""

    integration_id: int
    name: str
    type: IntegrationType
    capability: Capability | None
    complete_at: datetime | None
    partial: str
    failed_at: datetime | None
    error: str
    covers_since: datetime | None
    users: int
    readable_users: int


@dataclass(frozen=True, slots=True)
class PlaysTold:
    """What one source tells of the item's plays. None: it knows the title and lists no plays of it."""

    integration_id: int
    matched_by: str
    is_disputed: bool
    plays: int | None
    last_played_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemTelling:
    """What is stored about the item beside the columns that are scored."""

    seen_at: datetime
    watch_states: Mapping[int, str]
    """What the word of each media server about the item's plays is worth (sync's merge says so)."""
    plays: Sequence[PlaysTold]


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold in force on a disk group or one of its sources."""

    code: HoldCode
    message: str
    breaker: bool


async def source_states(conn: AsyncConnection) -> list[TellingSource]:
    """Every enabled source that enriches; one without any reading stands once, without a capability."""
    return [
        TellingSource(
            integration_id=row.id,
            name=row.name,
            type=IntegrationType(row.type),
            capability=None if row.capability is None else Capability(row.capability),
            complete_at=row.complete_at,
            partial=row.partial or "",
            failed_at=row.failed_at,
            error=row.error or "",
            covers_since=row.covers_since,
            users=row.users,
            readable_users=row.readable,
        )
        for row in await conn.execute(_SOURCES)
    ]


_SOURCES = text(
    """
    select g.id, g.name, g.type, r.capability, r.complete_at, r.partial, r.failed_at, r.error, r.covers_since,
           coalesce(u.users, 0) as users, coalesce(u.readable, 0) as readable
      from integrations g
      left join source_readings r on r.integration_id = g.id
      left join (select integration_id, count(*) as users, count(*) filter (where is_readable) as readable
                   from source_users group by integration_id) u on u.integration_id = g.id
     where g.enabled and g.removed_at is null and g.type not in ('sonarr', 'radarr', 'lidarr', 'readarr')
     order by g.id, r.capability
    """
)


async def item_telling(conn: AsyncConnection, item_id: int) -> ItemTelling | None:
    """None when the item has gone from the catalogue since it was scored."""
    item = m.MediaItem
    columns = (item.seen_at, item.watch_evidence, item.season_number)
    row = (await conn.execute(select(*columns).where(item.id == item_id))).one_or_none()
    if row is None:
        return None
    told = await conn.execute(_PLAYS, {"item": item_id, "season": row.season_number})
    return ItemTelling(
        seen_at=row.seen_at,
        watch_states={int(place): str(state) for place, state in row.watch_evidence.items()},
        plays=[PlaysTold(*found) for found in told],
    )


_PLAYS = text(
    """
    with item as (
        select coalesce(parent.id, i.id) as title_item_id
          from media_items i
          left join media_items parent
            on parent.integration_id = i.integration_id and parent.external_id = i.parent_external_id
         where i.id = :item
    ), matched as (
        select m.* from title_matches m join item on item.title_item_id = m.item_id
    ), told as (
        select p.integration_id, p.is_count, sum(p.plays) as plays, max(p.last_played_at) as last_played_at
          from matched m
          join source_plays p
            on p.integration_id = m.integration_id and p.server = m.server and p.title_id = m.native_id
         where cast(:season as int) is null or p.season_number is null or p.season_number = :season
         group by p.integration_id, p.is_count
    )
    select m.integration_id, string_agg(distinct m.matched_by, ', ' order by m.matched_by), bool_or(m.is_disputed),
           (select max(t.plays) from told t where t.integration_id = m.integration_id),
           (select max(t.last_played_at) from told t where t.integration_id = m.integration_id)
      from matched m
      join integrations g on g.id = m.integration_id and g.enabled and g.removed_at is null
     group by m.integration_id
     order by m.integration_id
    """
)
"""A source's single plays and its counts are the same plays, told twice."""


async def queues_of(conn: AsyncConnection, integration_id: int, external_id: str) -> Queues:
    """Where the item waits: an open approval row before a snooze, an active job, a countdown."""
    return Queues(
        approval=await _approval(conn, integration_id, external_id),
        deletion=await _deletion(conn, integration_id, external_id),
        sunset=await _sunset(conn, integration_id, external_id),
    )


async def _approval(conn: AsyncConnection, integration_id: int, external_id: str) -> QueuedApproval | None:
    row = m.ApprovalItem
    columns = (row.id, row.status, row.user_initiated, row.snoozed_until, row.created_at, row.last_error)
    found = await conn.execute(
        select(*columns)
        .where(row.integration_id == integration_id, row.external_id == external_id)
        .order_by(row.status == ApprovalStatus.REJECTED)
        .limit(1)
    )
    waiting = found.one_or_none()
    return None if waiting is None else QueuedApproval.model_validate(waiting, from_attributes=True)


async def _deletion(conn: AsyncConnection, integration_id: int, external_id: str) -> QueuedDeletion | None:
    job = m.DeletionJob
    columns = (job.id, job.state, job.force_dry_run.label("simulated"), job.not_before, job.created_at)
    found = await conn.execute(
        select(*columns).where(
            job.integration_id == integration_id, job.external_id == external_id, job.state.in_(ACTIVE_JOB_STATES)
        )
    )
    active = found.one_or_none()
    return None if active is None else QueuedDeletion.model_validate(active, from_attributes=True)


async def _sunset(conn: AsyncConnection, integration_id: int, external_id: str) -> QueuedSunset | None:
    row = m.SunsetItem
    columns = (row.id, row.status, row.deletion_date, row.created_at)
    found = await conn.execute(
        select(*columns).where(row.integration_id == integration_id, row.external_id == external_id)
    )
    counting = found.one_or_none()
    return None if counting is None else QueuedSunset.model_validate(counting, from_attributes=True)


async def unspent_release(conn: AsyncConnection, disk_group_id: int) -> Extent | None:
    """What a person has let through of the group's mass changes, and no run has used up yet."""
    hold = m.Hold
    released_holds = (
        select(hold.details)
        .where(
            hold.code == HoldCode.MASS_CHANGE,
            hold.disk_group_id == disk_group_id,
            hold.released_by.is_not(None),
            ~hold.details.has_key(USED_IN_RUN),
        )
        .order_by(hold.id.desc())
        .limit(1)
    )
    details = (await conn.execute(released_holds)).scalar_one_or_none()
    return None if details is None else released(details)


async def open_holds(conn: AsyncConnection, disk_group_id: int) -> list[OpenHold]:
    """Holds on the group, and on every source that a run would look at for it."""
    hold = m.Hold
    sources = [source.integration_id for source in await sources_of_group(conn, disk_group_id, ())]
    of_a_source = (hold.scope == HoldScope.INTEGRATION) & hold.integration_id.in_(sources)
    rows = await conn.execute(
        select(hold.code, hold.message, hold.breaker)
        .where(hold.released_at.is_(None), or_(hold.disk_group_id == disk_group_id, of_a_source))
        .order_by(hold.id)
    )
    return [OpenHold(row.code, row.message, row.breaker) for row in rows]
