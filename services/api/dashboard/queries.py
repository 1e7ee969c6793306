"""All SQL behind the dashboard's counters."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import case, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import JobState, RunState
from services.api.rows import AnyRow

_WEEK = timedelta(days=7)
_UNDER_WAY = (JobState.CLAIMED, JobState.DELETING, JobState.VERIFYING)
_PROCESSED = (JobState.DELETED, JobState.SIMULATED, JobState.CANCELLED)

_FINEST = "array_position(array['raw', 'hourly', 'daily', 'weekly'], h.resolution::text)"
_GROWTH = text(
    f"""
    select sum(newest.used_capacity - earlier.used_capacity)::bigint as growth
      from disk_groups g
     cross join lateral (
        select h.used_capacity from library_history h
         where h.disk_group_id = g.id and h.timestamp > :week_ago and h.timestamp <= :now
         order by h.timestamp desc, {_FINEST} limit 1) newest
     cross join lateral (
        select h.used_capacity from library_history h
         where h.disk_group_id = g.id and h.timestamp <= :week_ago
         order by h.timestamp desc, {_FINEST} limit 1) earlier
    """  # noqa: S608  composed of constants
)
"""Points of every resolution together, the finest first where several begin at one time. A group that nobody has read
for a week has not stood still: it says nothing."""


class JobCounts(NamedTuple):
    """Jobs that wait, and those that ended since the newest start of the server."""

    waiting: int
    processed: int
    failed: int


async def lifetime(tx: AsyncConnection) -> AnyRow:
    """The counters that survive everything; made when missing."""
    stats = select(m.LifetimeStats.__table__)
    row = (await tx.execute(stats)).one_or_none()
    if row is None:
        await tx.execute(insert(m.LifetimeStats).values(id=1).on_conflict_do_nothing())
        row = (await tx.execute(stats)).one()
    return row


async def newest_run(conn: AsyncConnection) -> AnyRow | None:
    """The run that started last, finished or not. Ids tell which: the clock may have been put back."""
    run = m.EngineRun
    found = await conn.execute(select(run.__table__).where(run.run_at.is_not(None)).order_by(run.id.desc()).limit(1))
    return found.one_or_none()


async def protected_in_last_run(conn: AsyncConnection) -> int:
    """Protected items of the newest run that came to its end; 0 before the first."""
    run = m.EngineRun
    found = await conn.execute(select(run.protected).where(run.state == RunState.DONE).order_by(run.id.desc()).limit(1))
    return found.scalar_one_or_none() or 0


async def growth_per_week(conn: AsyncConnection, now: datetime) -> int | None:
    """Bytes gained since the newest sample at least a week old, over all groups that have one; None without any."""
    growth = (await conn.execute(_GROWTH, {"now": now, "week_ago": now - _WEEK})).scalar_one()
    return None if growth is None else int(growth)


async def run_sums(conn: AsyncConnection) -> AnyRow:
    """Items evaluated and deleted over all retained runs."""
    run = m.EngineRun
    sums = select(
        func.coalesce(func.sum(run.evaluated), 0).label("evaluated"),
        func.coalesce(func.sum(run.deleted), 0).label("actioned"),
    )
    return (await conn.execute(sums)).one()


async def job_counts(conn: AsyncConnection) -> JobCounts:
    """The queue and what became of jobs since the server started."""
    job, activity = m.DeletionJob, m.ActivityEvent
    started = select(func.max(activity.created_at)).where(activity.event_type == "server_started").scalar_subquery()
    since_start = job.finished_at >= func.coalesce(started, text("'-infinity'::timestamptz"))

    def counted(*states: JobState) -> Any:
        return func.count(case((job.state.in_(states) & since_start, 1)))

    waiting = func.count(case((job.state == JobState.WAITING, 1)))
    row = (await conn.execute(select(waiting, counted(*_PROCESSED), counted(JobState.FAILED)))).one()
    return JobCounts(*row)


async def under_way(conn: AsyncConnection) -> str:
    """The title of a job that is being carried out; blank when idle."""
    job = m.DeletionJob
    found = await conn.execute(select(job.title).where(job.state.in_(_UNDER_WAY)).order_by(job.id).limit(1))
    return found.scalar_one_or_none() or ""
