"""The SQL about the other members of a collection: they leave together or not at all (domain.md 4.9)."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import JOB_COLUMNS, Job
from services.deleter.groups import Group
from services.deleter.queries_due import LEFT, OTHER, OTHER_IN_COLLECTION, UNDER_WAY, is_due
from services.deleter.queries_switches import Switches, lies_elsewhere, would_delete


def _is_companion() -> ColumnElement[bool]:
    """`OTHER` belongs to the collection of the job that is looked at."""
    job = m.DeletionJob
    return and_(
        OTHER_IN_COLLECTION,
        OTHER.batch_id == job.batch_id,
        OTHER.collection_group == job.collection_group,
        OTHER.id != job.id,
    )


def is_awaited() -> ColumnElement[bool]:
    """Somebody is at another member just now: one after the other, so that what is found out about one counts.

    Of a job in no collection first of all: else Postgres would expect that this leaves no job, and sort them all.
    """
    at_another = select(OTHER.id).where(_is_companion(), OTHER.state.in_(UNDER_WAY)).exists()
    return and_(m.DeletionJob.collection_group != "", at_another)


def frees_elsewhere(disk_group_ids: Collection[int]) -> ColumnElement[bool]:
    """Another member that has not left the queue frees space on one of these disks: the collection goes for that."""
    of_these = and_(OTHER.disk_group_id.in_(disk_group_ids), OTHER.state.not_in(LEFT))
    return select(OTHER.id).where(_is_companion(), of_these).exists()


async def companions(conn: AsyncConnection, job: Job) -> Sequence[Row[*tuple[Any, ...]]]:
    """The jobs of the other members, whatever became of them."""
    if not job.collection_group:
        return []
    row = m.DeletionJob
    found = await conn.execute(
        select(*JOB_COLUMNS, row.state, row.attempts, row.started_at, row.created_at)
        .where(row.batch_id == job.batch_id, row.collection_group == job.collection_group, row.id != job.id)
        .order_by(row.id)
    )
    return found.all()


async def lock_free(tx: AsyncConnection, job_ids: Collection[int]) -> int:
    """Lock those of these jobs that nobody else holds; answers how many. Never waits, so the order does not matter."""
    job = m.DeletionJob
    found = await tx.execute(select(job.id).where(job.id.in_(job_ids)).with_for_update(skip_locked=True))
    return len(found.all())


async def unready(
    tx: AsyncConnection, job_ids: Collection[int], now: Any, switches: Switches, groups: Collection[Group]
) -> str | None:
    """The title of one of these jobs that could not be carried out just now; None when all of them could."""
    job, integration, hold = m.DeletionJob, m.Integration, m.Hold
    held = [group.id for group in groups if group.is_held]
    its_source_is_held = select(hold.id).where(
        hold.released_at.is_(None), hold.integration_id == job.integration_id, hold.disk_group_id.is_(None)
    )
    is_ready = and_(
        is_due(now),
        would_delete(switches, groups),
        lies_elsewhere(held),
        integration.enabled,
        integration.removed_at.is_(None),
        ~its_source_is_held.exists(),
    )
    found = await tx.execute(
        select(job.title)
        .join(integration, integration.id == job.integration_id)
        .where(job.id.in_(job_ids), ~is_ready)
        .order_by(job.id)
        .limit(1)
    )
    return found.scalar_one_or_none()
