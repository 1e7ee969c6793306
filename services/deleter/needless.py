"""Which of the engine's jobs are no longer needed, because better candidates or somebody else made enough space."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, any_, case, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from libs.common.db import models as m
from libs.common.deletions.job import ALREADY_GONE, Job
from libs.common.domain.enums import ExecutionMode, JobState, Trigger
from services.deleter.groups import Group

_FREES_NOTHING = (JobState.CANCELLED, JobState.FAILED, JobState.SIMULATED)
_HAS_A_PLACE = text(
    "deletion_jobs.trigger = 'engine' and deletion_jobs.enqueued_mode = 'auto'"
    " and deletion_jobs.state not in ('cancelled', 'failed', 'simulated')"
)
"""Literally the predicate of the index on the line: with parameters Postgres would not recognise it."""


@dataclass(frozen=True, slots=True)
class Needless:
    """Ids of jobs that are not needed, and of those about which only a newer reading of the disk can tell."""

    surely: frozenset[int]
    perhaps: frozenset[int]


async def needless_jobs(tx: AsyncConnection, groups: Collection[Group]) -> Needless:
    """The jobs whose disk reaches its target by the better candidates of its open batches alone (T28, S-13).

    Every job is judged by those before it in score order, executed or not: lanes may finish in any order, and none of
    them takes the place of a better candidate in another one. A collection has one place in line, and it is needed as
    long as one of the disks it lies on needs it.
    """
    surely: set[int] = set()
    perhaps: set[int] = set()
    for group in groups:
        surplus = group.surplus_bytes
        if group.mode is ExecutionMode.AUTO and surplus is not None:
            places = await _behind(tx, group.id, surplus)
            surely |= {job_id for job_id, before in places.items() if before >= surplus + group.unsure_bytes}
            perhaps |= places.keys()
    surely -= await _needed_elsewhere(tx, surely)
    perhaps -= await _needed_elsewhere(tx, perhaps)
    return Needless(frozenset(surely), frozenset(perhaps - surely))


async def is_needless(tx: AsyncConnection, job: Job, created_at: datetime, group: Group) -> bool:
    """The same about one job, surely or perhaps: a claim asks about its best one only, not about the whole line.

    Whoever stands behind a needless job in the same line is needless as well. The others of its collection, which has
    one place in line, do not stand before it.
    """
    surplus = group.surplus_bytes
    if group.mode is not ExecutionMode.AUTO or surplus is None or job.trigger is not Trigger.ENGINE:
        return False
    row = m.DeletionJob
    is_better = or_(
        row.score > job.score, and_(row.score == job.score, tuple_(row.created_at, row.id) < (created_at, job.id))
    )
    goes_along = and_(row.collection_group == job.collection_group, row.batch_id == job.batch_id)
    before = select(func.coalesce(func.sum(row.size_bytes), 0)).where(
        _in_line(group.id), row.score >= job.score, is_better
    )
    if job.collection_group:
        before = before.where(~goes_along)
    return bool((await tx.execute(before)).scalar_one() >= surplus)


def _in_line(disk_group_id: int) -> ColumnElement[bool]:
    """What the engine chose for this disk in batches that are still open, unless it freed nothing."""
    job, batch = m.DeletionJob, m.DeletionBatch
    opened = func.array(select(batch.id).where(batch.completed_at.is_(None)).scalar_subquery())
    return and_(_HAS_A_PLACE, job.batch_id == any_(opened), job.disk_group_id == disk_group_id, *_of_engine())


async def _behind(tx: AsyncConnection, disk_group_id: int, surplus_bytes: int) -> dict[int, int]:
    """Jobs before which at least so many bytes stand in line, and how many these are."""
    job = m.DeletionJob
    line = func.sum(job.size_bytes).over(order_by=(job.score.desc(), job.created_at, job.id), rows=(None, -1))
    in_line = (
        select(job.id, job.batch_id, job.collection_group, func.coalesce(line, 0).label("before_bytes"))
        .where(_in_line(disk_group_id))
        .subquery()
    )
    alone = case((in_line.c.collection_group == "", in_line.c.id))
    first = func.min(in_line.c.before_bytes).over(partition_by=(in_line.c.batch_id, in_line.c.collection_group, alone))
    placed = select(in_line.c.id, first.label("before_bytes")).subquery()
    rows = await tx.execute(select(placed.c.id, placed.c.before_bytes).where(placed.c.before_bytes >= surplus_bytes))
    return {row.id: int(row.before_bytes) for row in rows}


async def _needed_elsewhere(tx: AsyncConnection, needless: Collection[int]) -> set[int]:
    """Those whose collection has a member that is not needless: on another disk, by whose line it goes."""
    if not needless:
        return set()
    job, other = m.DeletionJob, aliased(m.DeletionJob)
    rows = await tx.execute(
        select(job.id)
        .join(other, (other.batch_id == job.batch_id) & (other.collection_group == job.collection_group))
        .where(job.id.in_(needless), job.collection_group != "", other.id.not_in(needless), *_of_engine(other))
        .distinct()
    )
    return {row.id for row in rows}


def _of_engine(job: type[m.DeletionJob] = m.DeletionJob) -> tuple[ColumnElement[bool], ...]:
    """Jobs that the engine queued in auto, and that free or freed something."""
    return (
        job.trigger == Trigger.ENGINE,
        job.enqueued_mode == ExecutionMode.AUTO,
        job.state.not_in(_FREES_NOTHING),
        job.last_error_class != ALREADY_GONE,
    )
