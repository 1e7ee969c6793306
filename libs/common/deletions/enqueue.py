"""Durable deletion jobs: made in one statement, and at most one active job a target."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ACTIVE_JOB_STATES, ExecutionMode, MediaType, Trigger
from libs.common.domain.target import DeletionTarget
from libs.common.events.deletion import DeletionQueued
from libs.common.ids import uuid7
from libs.common.messaging.outbox import add_events
from libs.common.preview import mark_body_outdated

_ACTIVE = text(f"state in ({', '.join(repr(state.value) for state in ACTIVE_JOB_STATES)})")


@dataclass(frozen=True, slots=True)
class NewJob:
    """One deletion to be queued. Its target must be complete: a wrong one raises `InvalidTargetError` here.

    `force_dry_run` has no default on purpose: whoever wants a real deletion has to say so.
    """

    integration_id: int
    media_type: MediaType
    external_id: str
    title: str
    size_bytes: int
    score: float
    trigger: Trigger
    disk_group_id: int | None
    enqueued_mode: ExecutionMode
    force_dry_run: bool
    upsert_audit: bool = False
    add_import_exclusion: bool = True
    path: str = ""
    poster_url: str = ""
    score_details: str = "[]"
    collection_group: str = ""
    approval_id: int | None = None
    sunset_id: int | None = None
    fingerprint: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        DeletionTarget.parse(self.integration_id, self.media_type, self.external_id)


@dataclass(frozen=True, slots=True)
class BatchRef:
    """The jobs of one run, or of one request by a person."""

    id: UUID
    run_id: int | None


async def open_batch(tx: AsyncConnection, run_id: int | None, now: datetime) -> BatchRef:
    """A new batch. A batch without jobs is completed by the deleter at once."""
    batch = BatchRef(uuid7(), run_id)
    await tx.execute(insert(m.DeletionBatch).values(id=batch.id, run_id=run_id, created_at=now))
    return batch


async def enqueue_jobs(
    tx: AsyncConnection, jobs: Sequence[NewJob], *, batch: BatchRef, source: str, now: datetime, delay_s: int
) -> list[int]:
    """Queue the jobs, each with its own `notBefore`; answers the ids of those really made.

    A target that already has an active job is left out. One event is written for each job made.
    """
    if not jobs:
        return []
    shared = {
        "batch_id": batch.id,
        "run_id": batch.run_id,
        "not_before": now + timedelta(seconds=delay_s),
        "created_at": now,
    }
    statement = (
        upsert(m.DeletionJob)
        .values([{**asdict(job), **shared} for job in jobs])
        .on_conflict_do_nothing(index_elements=["integration_id", "external_id"], index_where=_ACTIVE)
        .returning(m.DeletionJob.id, m.DeletionJob.integration_id, m.DeletionJob.external_id)
    )
    made = {(row.integration_id, row.external_id): row.id for row in await tx.execute(statement)}
    queued = [job for job in jobs if (job.integration_id, job.external_id) in made]
    await add_events(tx, [_event(job) for job in queued], source=source, at=now, run_id=batch.run_id, batch_id=batch.id)
    if made:
        await mark_body_outdated(tx)
    return [made[job.integration_id, job.external_id] for job in queued]


def _event(job: NewJob) -> DeletionQueued:
    return DeletionQueued(
        title=job.title, media_type=job.media_type, size_bytes=job.size_bytes, integration_id=job.integration_id
    )
