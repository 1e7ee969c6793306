"""Which of the engine's jobs are no longer needed, because better candidates or somebody else made enough space."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, JobState, Trigger
from services.deleter.groups import Group
from services.deleter.queries_switches import ALREADY_GONE

_FREES_NOTHING = (JobState.CANCELLED, JobState.FAILED, JobState.SIMULATED)


@dataclass(frozen=True, slots=True)
class Needless:
    """Ids of jobs that are not needed, and of those about which only a newer reading of the disk can tell."""

    surely: frozenset[int]
    perhaps: frozenset[int]


async def needless_jobs(tx: AsyncConnection, groups: Collection[Group]) -> Needless:
    """The jobs whose disk reaches its target by the better candidates of its open batches alone (T28, S-13).

    Every job is judged by those before it in score order, executed or not: lanes may finish in any order, and none of
    them takes the place of a better candidate in another one.
    """
    surely: set[int] = set()
    perhaps: set[int] = set()
    for group in groups:
        surplus = group.surplus_bytes
        if group.mode is ExecutionMode.AUTO and surplus is not None:
            places = await _behind(tx, group.id, surplus)
            surely |= {job_id for job_id, before in places.items() if before >= surplus + group.unsure_bytes}
            perhaps |= places.keys()
    return Needless(frozenset(surely), frozenset(perhaps - surely))


async def _behind(tx: AsyncConnection, disk_group_id: int, surplus_bytes: float) -> dict[int, int]:
    """Jobs before which at least so many bytes stand in line, and how many these are."""
    job, batch = m.DeletionJob, m.DeletionBatch
    line = func.sum(job.size_bytes).over(order_by=(job.score.desc(), job.created_at, job.id), rows=(None, -1))
    in_line = (
        select(job.id, func.coalesce(line, 0).label("before_bytes"))
        .join(batch, batch.id == job.batch_id)
        .where(
            job.disk_group_id == disk_group_id,
            batch.completed_at.is_(None),
            job.trigger == Trigger.ENGINE,
            job.enqueued_mode == ExecutionMode.AUTO,
            job.state.not_in(_FREES_NOTHING),
            job.last_error_class != ALREADY_GONE,
        )
        .subquery()
    )
    rows = await tx.execute(select(in_line.c.id, in_line.c.before_bytes).where(in_line.c.before_bytes >= surplus_bytes))
    return {row.id: int(row.before_bytes) for row in rows}
