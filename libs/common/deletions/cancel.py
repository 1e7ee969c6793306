"""How waiting jobs leave the queue: a change of their rows, with audit, origin rows and events beside it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.audit import record
from libs.common.deletions.events import tell
from libs.common.deletions.job import JOB_COLUMNS, Job
from libs.common.deletions.modes import Act, Intent
from libs.common.deletions.origin import return_origins
from libs.common.domain.enums import JobState
from libs.common.events.deletion import DeletionCancelled
from libs.common.preview import mark_body_outdated

CancelledJob = Job
"""What is left of a cancelled job: enough to snooze its item, or to name it."""


async def cancel_waiting(
    tx: AsyncConnection, where: ColumnElement[bool], reason: str, source: str, now: datetime
) -> list[CancelledJob]:
    """Cancel the waiting jobs that fulfil `where` (a condition on `m.DeletionJob`), one statement for any number.

    A job that somebody has claimed is no longer waiting and stays. `reason` is a sentence for the audit log. Where a
    person takes out a single job, `grace.restart_delay` belongs behind it.
    """
    job = m.DeletionJob
    rows = await tx.execute(
        update(job)
        .where(where, job.state == JobState.WAITING)
        .values(state=JobState.CANCELLED, finished_at=now, last_error=reason)
        .returning(*JOB_COLUMNS)
    )
    jobs = sorted((Job.of_row(row) for row in rows), key=lambda j: j.id)
    await record_cancelled(tx, jobs, reason, source, now)
    return jobs


async def record_cancelled(tx: AsyncConnection, jobs: Sequence[Job], reason: str, source: str, now: datetime) -> None:
    """Audit, origin rows and events of jobs whose rows already say `cancelled`."""
    if not jobs:
        return
    await record(tx, [(job, Intent(Act.CANCEL, reason)) for job in jobs], now)
    await return_origins(tx, jobs, errors={job.id: reason for job in jobs}, source=source, now=now)
    await tell(tx, [(job, _cancelled(job)) for job in jobs], source=source, at=now)
    await mark_body_outdated(tx)


def _cancelled(job: Job) -> DeletionCancelled:
    return DeletionCancelled(title=job.title, media_type=job.media_type, size_bytes=job.size_bytes)
