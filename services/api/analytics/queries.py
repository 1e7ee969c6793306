"""All SQL about what nobody watches, and about the usage a forecast rests on."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Double, case, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import HistoryResolution
from libs.common.domain.history import ORIGIN, PERIODS
from services.api.analytics.forecast import Disk, Sample

_ITEMS = """
    with scored as (
        select i.title, i.media_type, i.size_bytes, i.integration_id, i.disk_group_id, i.play_count,
               coalesce(i.parent_external_id, i.external_id) collate "C" as title_id, p.protected,
               i.on_watchlist is true as is_wanted, lower(i.series_status) = 'ended' as has_ended,
               coalesce(i.watch_evidence_at >= :evidence_since, false) as is_known,
               i.media_type in ('movie', 'show', 'season', 'episode') or i.watch_matched as may_have_plays,
               floor(extract(epoch from :now - i.added_at) / 86400)::int8 as days_in_library,
               floor(extract(epoch from :now - i.last_played) / 86400)::int8 as days_since_watched
          from preview_items p join media_items i on i.id = p.item_id
         where p.preview_id = (select preview_id from preview_state)
    ), families as (
        select s.*, s.protected or coalesce(bool_or(s.protected) filter (where s.media_type = 'show') over title, false)
                   as is_protected,
               s.media_type = 'show' and count(*) filter (where s.media_type = 'season') over title > 0 as has_seasons
          from scored s window title as (partition by s.integration_id, s.title_id)
    ), items as (
        select * from families
         where not has_seasons and (cast(:disk_group_id as int8) is null or disk_group_id = :disk_group_id)
    )
"""
"""Items of the current preview with what the reports ask about. A show whose seasons are scored too is told by them,
its bytes are theirs. A wish that is not known is none; plays that are not surely known are no proof.

Windows rather than joins of the items with themselves: a preview of a moment ago has no statistics, and a plan for few
rows would compare all with all."""

_DEAD = """
    select *, size_bytes as weight from items
     where not is_wanted and days_in_library >= :days
       and (play_count = 0 or (not is_known and play_count is null and may_have_plays))
"""

_STALE = """
    select *, days_since_watched / 365.0
              * case when has_ended then 1.5 else 1.0 end * case when is_wanted then 0.5 else 1.2 end as weight
      from items
     where play_count > 0 and days_since_watched >= :days
"""

_COMMON = "'title', r.title, 'type', r.media_type, 'sizeBytes', r.size_bytes, 'integrationId', r.integration_id"
_DEAD_MEMBERS = f"{_COMMON}, 'daysInLibrary', r.days_in_library"
_STALE_MEMBERS = (
    f"{_COMMON}, 'daysSinceWatched', r.days_since_watched, 'playCount', r.play_count,"
    " 'stalenessScore', trim_scale(round(r.weight, 2))"
)


def _report(fitting: str, members: str) -> str:
    return f"""
        {_ITEMS}, fitting as materialized ({fitting}), listed as materialized (
            select *, row_number() over (order by weight desc, size_bytes desc, title, integration_id) as place
              from fitting where is_known and not is_protected
        )
        select json_build_object(
            'items', coalesce((select json_agg(json_build_object({members}) order by r.place) from listed r
                                where r.place - :offset between 1 and :limit), '[]'),
            'totalCount', (select count(*) from listed),
            'totalSize', (select coalesce(sum(size_bytes), 0) from listed),
            'protectedCount', (select count(*) from fitting where is_known and is_protected),
            'unknownCount', (select count(*) from fitting where not is_known and not is_protected))::text
    """  # noqa: S608  composed of constants


_DEAD_CONTENT = text(_report(_DEAD, _DEAD_MEMBERS))
_STALE_CONTENT = text(_report(_STALE, _STALE_MEMBERS))

_SAMPLES = text(
    """
    with points as materialized (
        select timestamp, used_capacity, resolution from library_history
         where disk_group_id = :disk_group_id and timestamp >= :since and timestamp <= :now
    )
    select case p.resolution when 'daily' then p.timestamp + cast(:day as interval) / 2
                             when 'hourly' then p.timestamp + cast(:hour as interval) / 2
                             else p.timestamp end as at, p.used_capacity
      from points p
     where p.resolution = 'daily'
        or (p.resolution in ('hourly', 'raw')
            and not exists (select from points d
                             where d.resolution = 'daily' and d.timestamp = date_bin(:day, p.timestamp, :origin))
            and (p.resolution = 'hourly' or not exists (
                    select from points h
                     where h.resolution = 'hourly' and h.timestamp = date_bin(:hour, p.timestamp, :origin))))
     order by at
    """
)
"""A day is told by its mean, an hour of a day that is not over by its own, and what is newer by each point. A mean
stands in the middle of its time: at the beginning, all days would lie half a day off the line of the newest points."""


@dataclass(frozen=True, slots=True)
class Part:
    """Of which disk group a report is (None: of all), and which of its items it lists; its counts are of all."""

    disk_group_id: int | None
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class DiskGroup:
    """A disk group to look ahead for."""

    id: int
    disk: Disk


async def dead_content(conn: AsyncConnection, part: Part, days: int, now: datetime, evidence_since: datetime) -> str:
    """What was surely never played in so many days since it came, as the JSON text of the report.

    Evidence from before `evidence_since` proves nothing any more.
    """
    values = asdict(part) | {"days": days, "now": now, "evidence_since": evidence_since}
    return str((await conn.execute(_DEAD_CONTENT, values)).scalar_one())


async def stale_content(conn: AsyncConnection, part: Part, days: int, now: datetime, evidence_since: datetime) -> str:
    """What was surely not played again for so many days, as the JSON text of the report."""
    values = asdict(part) | {"days": days, "now": now, "evidence_since": evidence_since}
    return str((await conn.execute(_STALE_CONTENT, values)).scalar_one())


async def disk_group(conn: AsyncConnection, group_id: int | None) -> DiskGroup | None:
    """One disk group; without an id the fullest, of those that are still reported if any is. None when missing."""
    group = m.DiskGroup
    total = case((group.total_bytes_override > 0, group.total_bytes_override), else_=group.total_bytes)
    share = group.used_bytes / func.nullif(cast(total, Double), 0)
    wanted = select(group.id, total, group.used_bytes, group.threshold_pct).order_by(
        group.stale_since.is_not(None), share.desc().nulls_last(), group.id
    )
    if group_id is not None:
        wanted = wanted.where(group.id == group_id)
    row = (await conn.execute(wanted.limit(1))).one_or_none()
    return None if row is None else DiskGroup(row[0], Disk(*row[1:]))


async def samples(conn: AsyncConnection, group_id: int, now: datetime, since: datetime) -> list[Sample]:
    """A group's usage over that time, oldest first: each stretch of it in the coarsest points that tell it whole."""
    values = {
        "disk_group_id": group_id,
        "since": since,
        "now": now,
        "day": PERIODS[HistoryResolution.DAILY],
        "hour": PERIODS[HistoryResolution.HOURLY],
        "origin": ORIGIN,
    }
    return [Sample(*row) for row in await conn.execute(_SAMPLES, values)]
