"""Calling off jobs that have not begun: one statement for the rows, and everything that follows in the same commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.audit import append_entries, entry_of_job
from libs.common.deletions.origin import return_to_origin
from libs.common.domain.enums import AuditAction, DryRunReason, JobState
from libs.common.events.deletion import DeletionCancelled
from libs.common.messaging.outbox import add_events
from libs.common.preview import mark_body_outdated


@dataclass(frozen=True, slots=True)
class CancelledJob:
    """A job that will not happen."""

    id: int
    batch_id: UUID
    integration_id: int
    external_id: str
    title: str
    disk_group_id: int | None


async def cancel_waiting(
    tx: AsyncConnection, where: ColumnElement[bool], reason: str, source: str, now: datetime
) -> list[CancelledJob]:
    """Cancel every *waiting* job that matches; answers them. Jobs that somebody has claimed are left to the claimer.

    Writes an audit entry and an event each, and gives approval and sunset rows back to their queues.
    """
    job = m.DeletionJob
    statement = (
        update(job)
        .where(job.state == JobState.WAITING, where)
        .values(state=JobState.CANCELLED, finished_at=now, last_error=reason)
        .returning(*job.__table__.columns)
    )
    rows = (await tx.execute(statement)).all()
    await record_cancelled(tx, rows, reason=reason, source=source, now=now)
    return [
        CancelledJob(row.id, row.batch_id, row.integration_id, row.external_id, row.title, row.disk_group_id)
        for row in rows
    ]


async def record_cancelled(
    tx: AsyncConnection, rows: Sequence[Row[Any]], *, reason: str, source: str, now: datetime
) -> None:
    """What follows when jobs have become `cancelled`: audit, origin rows, events, preview."""
    if not rows:
        return
    await append_entries(
        tx, [entry_of_job(row, AuditAction.CANCELLED, DryRunReason.NONE, reason=reason, now=now) for row in rows]
    )
    await return_to_origin(tx, rows, error=reason, source=source, now=now)
    await add_events(
        tx,
        [DeletionCancelled(title=row.title, media_type=row.media_type, size_bytes=row.size_bytes) for row in rows],
        source=source,
        at=now,
    )
    await mark_body_outdated(tx)
