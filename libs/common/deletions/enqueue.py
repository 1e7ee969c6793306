"""How jobs enter the queue: many at once, each target at most once, with their events in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions import evidence
from libs.common.deletions.grace import usable_delay_s
from libs.common.domain.enums import ACTIVE_JOB_STATES, ExecutionMode, JobState, MediaType, Trigger
from libs.common.domain.target import DeletionTarget
from libs.common.events.deletion import DeletionQueued
from libs.common.ids import uuid7
from libs.common.messaging.outbox import add_events
from libs.common.preview import mark_body_outdated

_IS_ACTIVE = text("state in ({})".format(", ".join(f"'{state}'" for state in ACTIVE_JOB_STATES)))
"""Literally the predicate of the unique index: with parameters Postgres would not recognise it."""


@dataclass(frozen=True, slots=True)
class BatchRef:
    """The batch that new jobs belong to, and the run it reports for (None: a person's request)."""

    id: UUID
    run_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A deletion that is wanted. Built from an incomplete or too wide target it raises `InvalidTargetError` (S-01).

    `enqueued_mode` is the mode of the item's group, or the default mode without a group. `force_dry_run` has no
    default that deletes. `fingerprint` holds the facts the decision rests on (S-26), see
    `fingerprint_of`. `facts` are `evidence.decided_on` where they were read before; else the stored ones are evidence.
    """

    integration_id: int
    media_type: MediaType
    external_id: str
    title: str
    size_bytes: int
    trigger: Trigger
    disk_group_id: int | None
    enqueued_mode: ExecutionMode
    path: str = ""
    poster_url: str = ""
    score: float = 0.0
    score_details: str = "[]"
    force_dry_run: bool = True
    upsert_audit: bool = False
    add_import_exclusion: bool = True
    collection_group: str = ""
    approval_id: int | None = None
    sunset_id: int | None = None
    fingerprint: dict[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        DeletionTarget.parse(self.integration_id, self.media_type, self.external_id)


_COLUMNS = tuple(one.name for one in fields(NewJob) if one.name != "facts")


async def open_batch(tx: AsyncConnection, run_id: int | None, now: datetime) -> BatchRef:
    """Begin a batch: the jobs of one run, or of one request by a person. The deleter completes it, an empty one too."""
    batch = BatchRef(uuid7(), run_id)
    await tx.execute(plain_insert(m.DeletionBatch).values(id=batch.id, run_id=run_id, created_at=now))
    return batch


async def enqueue_jobs(
    tx: AsyncConnection,
    jobs: Iterable[NewJob],
    *,
    batch: BatchRef,
    source: str,
    now: datetime,
    delay_s: int,
    waits_from: datetime | None = None,
) -> list[int]:
    """Create the jobs and tell about each; answers the ids of those that are really new.

    A target that already has an active job is left out, so that repeating it is harmless, and with it the rest of its
    collection: that goes whole or not at all (T41). `now` is when it was decided, by the facts of that moment. The
    grace period of `delay_s` seconds, zero or less means the default, begins then, or later at `waits_from`.
    """
    wanted = _each_target_once(jobs)
    if not wanted:
        return []
    shared = {
        "batch_id": batch.id,
        "run_id": batch.run_id,
        "state": JobState.WAITING,
        "not_before": max(now, waits_from or now) + timedelta(seconds=usable_delay_s(delay_s)),
        "created_at": now,
    }
    rests_on = await evidence.collect(tx, wanted, now)
    rows = [_row(job) | shared | {"evidence": facts} for job, facts in zip(wanted, rests_on, strict=True)]
    created = await _insert(tx, rows)
    await _take_back_parts(tx, wanted, created)
    fresh = [job for job in wanted if (job.integration_id, job.external_id) in created]
    await add_events(tx, [_queued(job) for job in fresh], source=source, at=now, run_id=batch.run_id, batch_id=batch.id)
    if created:
        await mark_body_outdated(tx)
    return [created[job.integration_id, job.external_id] for job in fresh]


def _row(job: NewJob) -> dict[str, Any]:
    return {name: getattr(job, name) for name in _COLUMNS}


async def _insert(tx: AsyncConnection, rows: list[dict[str, Any]]) -> dict[tuple[int, str], int]:
    job = m.DeletionJob
    statement = (
        insert(job)
        .on_conflict_do_nothing(index_elements=[job.integration_id, job.external_id], index_where=_IS_ACTIVE)
        .returning(job.id, job.integration_id, job.external_id)
    )
    return {(row.integration_id, row.external_id): row.id for row in await tx.execute(statement, rows)}


async def _take_back_parts(tx: AsyncConnection, wanted: Sequence[NewJob], created: dict[tuple[int, str], int]) -> None:
    """Remove what was created of collections of which not every member was."""
    torn = {job.collection_group for job in wanted if (job.integration_id, job.external_id) not in created} - {""}
    if not torn:
        return
    keys = [(job.integration_id, job.external_id) for job in wanted if job.collection_group in torn]
    ids = [created.pop(key) for key in keys if key in created]
    await tx.execute(delete(m.DeletionJob).where(m.DeletionJob.id.in_(ids)))


def _each_target_once(jobs: Iterable[NewJob]) -> Sequence[NewJob]:
    """In one order for everybody, so that two transactions about the same items wait instead of deadlocking."""
    by_target: dict[tuple[int, str], NewJob] = {}
    for job in jobs:
        by_target.setdefault((job.integration_id, job.external_id), job)
    return [by_target[key] for key in sorted(by_target)]


def _queued(job: NewJob) -> DeletionQueued:
    return DeletionQueued(
        title=job.title,
        media_type=job.media_type,
        size_bytes=job.size_bytes,
        integration_id=job.integration_id,
    )
