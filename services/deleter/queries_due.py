"""The SQL about what is due: where something has to be done, and what can be ended without an upstream."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, not_, or_, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from libs.common.db import models as m
from libs.common.deletions.job import JOB_COLUMNS
from libs.common.domain.enums import ACTIVE_JOB_STATES, JobState
from services.deleter.groups import Group
from services.deleter.queries_switches import Switches, would_delete

UNDER_WAY = tuple(state for state in ACTIVE_JOB_STATES if state is not JobState.WAITING)
LEFT = (JobState.CANCELLED, JobState.FAILED, JobState.SIMULATED)
"""What became of a job that deletes nothing any more, and has not."""

LEASE_RAN_OUT: ColumnElement[bool] = func.coalesce(m.DeletionJob.lease_until < func.clock_timestamp(), true())
"""Its worker has not been heard of in time, by the database's real clock."""

OTHER = aliased(m.DeletionJob, name="other")
"""Another job of the same collection."""

IN_COLLECTION = text("deletion_jobs.collection_group <> ''")
OTHER_IN_COLLECTION = text("other.collection_group <> ''")
IS_WAITING = text("deletion_jobs.state = 'waiting'")
IS_UNDER_WAY = text("deletion_jobs.state in ('claimed', 'deleting', 'verifying')")
"""Literally the predicates of indexes: with parameters Postgres would not recognise them."""


def is_due(now: datetime) -> ColumnElement[bool]:
    """Waiting, and its time has come."""
    return and_(IS_WAITING, m.DeletionJob.not_before <= now)


async def busy_integrations(conn: AsyncConnection, now: datetime) -> list[int]:
    """Where a job is due, or its worker is gone."""
    job, integration = m.DeletionJob, m.Integration
    there = select(job.id).where(job.integration_id == integration.id).limit(1)
    due = there.where(is_due(now)).scalar_subquery()
    abandoned = there.where(IS_UNDER_WAY, LEASE_RAN_OUT).scalar_subquery()
    rows = await conn.execute(select(integration.id).where(or_(due.is_not(None), abandoned.is_not(None))))
    return sorted(row.id for row in rows)


async def due_groups(tx: AsyncConnection, now: datetime, integration_id: int | None = None) -> list[int]:
    """The disk groups of the jobs that are due, and of those in their collections."""
    job, group = m.DeletionJob, m.DiskGroup
    due = select(job.id).where(job.disk_group_id == group.id, is_due(now))
    if integration_id is not None:
        due = due.where(job.integration_id == integration_id)
    # by group, so that the first job found is enough, however many wait; for an `exists` Postgres would read them all
    first = due.limit(1).scalar_subquery()
    found = await tx.execute(select(group.id).where(first.is_not(None)).union(_groups_along(now)))
    return sorted(row.id for row in found)


def _groups_along(now: datetime) -> Select[int | None]:
    """Also those of members that have gone already: the rest goes for the sake of the same disk."""
    job = m.DeletionJob
    return (
        select(OTHER.disk_group_id)
        .join(job, (job.batch_id == OTHER.batch_id) & (job.collection_group == OTHER.collection_group))
        .where(is_due(now), IN_COLLECTION, OTHER_IN_COLLECTION, OTHER.disk_group_id.is_not(None))
        .where(OTHER.state.not_in(LEFT))
    )


async def due_without_upstream(
    tx: AsyncConnection, now: datetime, switches: Switches, groups: Collection[Group], limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Due jobs that do not lead to a real deletion by the switches as they are now, best first; locked.

    That includes those that failed before: behind every failure stands a look at the item that found it in place.
    """
    job = m.DeletionJob
    found = await tx.execute(
        select(*JOB_COLUMNS)
        .where(is_due(now), not_(would_delete(switches, groups)))
        .order_by(job.score.desc(), job.created_at, job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.all()


_REQUEST_READINGS = text(
    """
    insert into snapshots (integration_id, capability, state, requested_at)
    select distinct j.integration_id, 'media', 'requested', cast(:now as timestamptz)
      from deletion_jobs j join integrations g on g.id = j.integration_id and g.enabled and g.removed_at is null
     where j.id = any(:jobs) and j.state = 'waiting' and j.not_before <= :now
       and not exists (
           select from snapshots s
            where s.integration_id = j.integration_id
              and s.requested_at > (select coalesce(max(d.finished_at), '-infinity') from deletion_jobs d
                                     where d.disk_group_id = j.disk_group_id and d.state = 'deleted'))
    on conflict do nothing
    """
)


async def request_readings(tx: AsyncConnection, job_ids: Collection[int], now: datetime) -> None:
    """Have the sources of these jobs read again once they are due, unless that was asked for since the last deletion.

    Sync carries it out; it also finds out how full the disk is. About a deletion that is under way it could not tell:
    once that has ended, there is a newer reading to ask for.
    """
    if job_ids:
        await tx.execute(_REQUEST_READINGS, {"jobs": sorted(job_ids), "now": now})


async def end_simulated(tx: AsyncConnection, ids: Collection[int], now: datetime) -> None:
    """These jobs, locked by the caller, are simulated. Their evidence is the audit log's: every run makes it anew."""
    job = m.DeletionJob
    ended = {"state": JobState.SIMULATED, "finished_at": now, "evidence": None}
    await tx.execute(update(job).where(job.id.in_(ids)).values(ended))


def source_is_off(now: datetime) -> ColumnElement[bool]:
    """Jobs through a disabled integration once they are due, through a removed one at once."""
    job, row = m.DeletionJob, m.Integration
    disabled = select(row.id).where(row.enabled.is_(False))
    removed = select(row.id).where(row.removed_at.is_not(None))
    return or_(and_(job.integration_id.in_(disabled), job.not_before <= now), job.integration_id.in_(removed))


def not_held_by_others(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Waiting jobs under this condition that nobody else is changing just now."""
    job = m.DeletionJob
    free = select(job.id).where(condition, job.state == JobState.WAITING).with_for_update(skip_locked=True)
    return job.id.in_(free)
