"""All SQL about the history of disks: raw points, their sums, what is forgotten, and how far all this has come."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import DateTime, case, delete, literal, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import HistoryResolution
from libs.common.domain.history import ORIGIN
from services.sync.history.levels import Level

_H, _G, _C = m.LibraryHistory, m.DiskGroup, m.RollupCheckpoint
_TIME = DateTime(timezone=True)

_SUM_UP = text(
    """
    insert into library_history
           (timestamp, total_capacity, used_capacity, resolution, disk_group_id, created_at)
    select date_bin(:period, fine.timestamp, :origin) as beginning,
           round(avg(fine.total_capacity))::int8, round(avg(fine.used_capacity))::int8,
           :resolution, fine.disk_group_id, :now
      from library_history fine
     where fine.resolution = :finer and fine.timestamp < :end
     group by fine.disk_group_id, beginning
        on conflict (disk_group_id, resolution, timestamp) do update
       set total_capacity = excluded.total_capacity, used_capacity = excluded.used_capacity
     where (library_history.total_capacity, library_history.used_capacity)
           is distinct from (excluded.total_capacity, excluded.used_capacity)
    """
)
"""Every period that still has finer points is summed up again, so a point that was committed late is not missed."""

_FORGET = text(
    """
    delete from library_history fine
     where fine.resolution = :finer and fine.timestamp < :before
       and exists (select from library_history whole
                    where whole.resolution = :resolution
                      and whole.timestamp = date_bin(:period, fine.timestamp, :origin)
                      and whole.disk_group_id is not distinct from fine.disk_group_id)
    """
)
"""Never what no sum holds, whatever a clock that jumped says about its age."""


async def record_usage(tx: AsyncConnection, run_at: datetime, now: datetime) -> None:
    """One raw point per active disk whose usage is known, with its effective total size (T62).

    A run has one per disk, however often its reads are repeated.
    """
    points = select(
        literal(run_at, _TIME),
        case((_G.total_bytes_override > 0, _G.total_bytes_override), else_=_G.total_bytes),
        _G.used_bytes,
        literal(HistoryResolution.RAW, _H.resolution.type),
        _G.id,
        literal(now, _TIME),
    ).where(_G.stale_since.is_(None), _G.read_at.is_not(None))
    columns = ["timestamp", "total_capacity", "used_capacity", "resolution", "disk_group_id", "created_at"]
    write = insert(_H).from_select(columns, points)
    newer = {name: write.excluded[name] for name in ("total_capacity", "used_capacity")}
    await tx.execute(write.on_conflict_do_update(index_elements=columns[4:5] + columns[3:4] + columns[:1], set_=newer))


async def sum_up(tx: AsyncConnection, level: Level, now: datetime) -> int:
    """Make the means of every period that is over; answers how many are new or changed. May be repeated."""
    written = await tx.execute(_SUM_UP, _named(level) | {"end": level.end(now), "now": now})
    return written.rowcount


async def forget_finer(tx: AsyncConnection, level: Level, now: datetime) -> int:
    """Remove the finer points that are old enough and summed up; answers how many went."""
    return (await tx.execute(_FORGET, _named(level) | {"before": level.forgotten_before(now)})).rowcount


async def forget_weeks(tx: AsyncConnection, before: datetime) -> int:
    """Remove weekly points from before that time; answers how many went."""
    gone = delete(_H).where(_H.resolution == HistoryResolution.WEEKLY, _H.timestamp < before)
    return (await tx.execute(gone)).rowcount


async def checkpoints(conn: AsyncConnection) -> Mapping[HistoryResolution, datetime]:
    """Up to when each resolution has been made."""
    found = await conn.execute(select(_C.resolution, _C.last_completed))
    return {row.resolution: row.last_completed for row in found}


async def save_checkpoint(tx: AsyncConnection, level: Level, now: datetime) -> None:
    """Remember up to when a resolution has been made, also if that is earlier than before (the clock went back)."""
    write = insert(_C).values(resolution=level.resolution, last_completed=level.end(now))
    newer = {"last_completed": write.excluded.last_completed}
    await tx.execute(write.on_conflict_do_update(index_elements=[_C.resolution], set_=newer))


def _named(level: Level) -> dict[str, object]:
    return {"period": level.period, "origin": ORIGIN, "resolution": level.resolution, "finer": level.finer}
