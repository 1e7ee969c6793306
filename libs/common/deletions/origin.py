"""Every terminal state of a job writes back to the row it came from, in the same transaction (W8, W46)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, SunsetStatus
from libs.common.events.approval import ApprovalReturnedToPending
from libs.common.messaging.outbox import add_events


async def return_to_origin(
    tx: AsyncConnection, jobs: Sequence[Row[Any]], *, error: str, source: str, now: datetime
) -> None:
    """The deletion did not happen: approvals wait for a person again, sunset items go on counting down."""
    await _approvals_to_pending(tx, [job.approval_id for job in jobs if job.approval_id], error, source, now)
    await _sunsets_to_pending(tx, [job.sunset_id for job in jobs if job.sunset_id], now)


async def leave_origin(tx: AsyncConnection, jobs: Sequence[Row[Any]]) -> None:
    """The deletion happened: approval and sunset rows are gone with the item."""
    approvals = [job.approval_id for job in jobs if job.approval_id]
    if approvals:
        await tx.execute(delete(m.ApprovalItem).where(m.ApprovalItem.id.in_(approvals)))
    sunsets = [job.sunset_id for job in jobs if job.sunset_id]
    if sunsets:
        await tx.execute(delete(m.SunsetItem).where(m.SunsetItem.id.in_(sunsets)))


async def _approvals_to_pending(tx: AsyncConnection, ids: list[int], error: str, source: str, now: datetime) -> None:
    if not ids:
        return
    row = m.ApprovalItem
    statement = (
        update(row)
        .where(row.id.in_(ids), row.status == ApprovalStatus.APPROVED)
        .values(status=ApprovalStatus.PENDING, last_error=error, version=row.version + 1, updated_at=now)
        .returning(row.id, row.media_name, row.media_type)
    )
    returned = (await tx.execute(statement)).all()
    events = [
        ApprovalReturnedToPending(entry_id=back.id, media_name=back.media_name, media_type=back.media_type)
        for back in returned
    ]
    await add_events(tx, events, source=source, at=now)


async def _sunsets_to_pending(tx: AsyncConnection, ids: list[int], now: datetime) -> None:
    if not ids:
        return
    row = m.SunsetItem
    await tx.execute(
        update(row)
        .where(row.id.in_(ids), row.status == SunsetStatus.EXPIRED)
        .values(status=SunsetStatus.PENDING, expired_at=None, updated_at=now)
    )
