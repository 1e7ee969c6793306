"""Cancelling on our own account: with a job go the waiting ones of its collection, because they are all or nothing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions import cancel_waiting
from libs.common.deletions.job import Job
from libs.common.domain.enums import JobState
from services.deleter.claimed import SOURCE
from services.deleter.companions import stays


async def withdraw(tx: AsyncConnection, job: Job, reason: str, now: datetime) -> None:
    """Cancel a waiting job that the caller has locked, and what is left of its collection in the same batch."""
    row = m.DeletionJob
    await cancel_waiting(tx, row.id == job.id, reason, SOURCE, now)
    await withdraw_collection(tx, job, stays(job.title, reason), now)


async def withdraw_collection(tx: AsyncConnection, job: Job, reason: str, now: datetime) -> None:
    """Cancel the waiting jobs of the collection this job belongs to; those that others hold just now are theirs."""
    if not job.collection_group:
        return
    row = m.DeletionJob
    others = (
        select(row.id)
        .where(
            row.batch_id == job.batch_id,
            row.collection_group == job.collection_group,
            row.id != job.id,
            row.state == JobState.WAITING,
        )
        .with_for_update(skip_locked=True)
    )
    await cancel_waiting(tx, row.id.in_(others), reason, SOURCE, now)
