"""What the end of a job means for the approval or sunset row it came from (domain.md 1.7), in the same transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.events import tell
from libs.common.deletions.job import Job
from libs.common.domain.enums import ApprovalStatus, SunsetStatus
from libs.common.events.approval import ApprovalReturnedToPending

_OPEN = (ApprovalStatus.PENDING, ApprovalStatus.APPROVED)


async def remove_origins(tx: AsyncConnection, jobs: Iterable[Job]) -> None:
    """The items are gone: so are their approval and sunset rows. A snooze stays until it is over."""
    items = sorted({(job.integration_id, job.external_id) for job in jobs})
    if not items:
        return
    approval, sunset = m.ApprovalItem, m.SunsetItem
    await tx.execute(
        delete(approval).where(
            tuple_(approval.integration_id, approval.external_id).in_(items), approval.status.in_(_OPEN)
        )
    )
    await tx.execute(delete(sunset).where(tuple_(sunset.integration_id, sunset.external_id).in_(items)))


async def return_origins(
    tx: AsyncConnection, jobs: Iterable[Job], *, errors: Mapping[int, str], source: str, now: datetime
) -> None:
    """The items stay: approved rows wait for a person again, expired countdowns are pending again.

    `errors` tells per job id why nothing came of a deletion, and stands in the row for the person who looks at it
    again; a simulation has no such reason. The event
    `approval_returned_to_pending` is written for every row that really moved.
    """
    jobs = list(jobs)
    approvals = {job.approval_id: job for job in jobs if job.approval_id is not None}
    await _return_approvals(tx, approvals, errors, source, now)
    await _return_sunsets(tx, [job for job in jobs if job.sunset_id is not None], now)


async def _return_approvals(
    tx: AsyncConnection, approvals: Mapping[int, Job], errors: Mapping[int, str], source: str, now: datetime
) -> None:
    row = m.ApprovalItem
    texts: dict[str, list[int]] = {}
    for approval_id, job in sorted(approvals.items()):
        texts.setdefault(errors.get(job.id, ""), []).append(approval_id)
    told = []
    for text, ids in texts.items():
        moved = await tx.execute(
            update(row)
            .where(
                tuple_(row.id, row.integration_id, row.external_id).in_(_keys(ids, approvals)),
                row.status == ApprovalStatus.APPROVED,
            )
            .values(status=ApprovalStatus.PENDING, last_error=text, version=row.version + 1, updated_at=now)
            .returning(row.id, row.media_name, row.media_type)
        )
        told += [
            (
                approvals[back.id],
                ApprovalReturnedToPending(entry_id=back.id, media_name=back.media_name, media_type=back.media_type),
            )
            for back in moved
        ]
    await tell(tx, told, source=source, at=now)


def _keys(ids: Iterable[int], approvals: Mapping[int, Job]) -> list[tuple[int, int, str]]:
    """Id and item must both agree: a row never changes for another item's job."""
    return [(key, approvals[key].integration_id, approvals[key].external_id) for key in ids]


async def _return_sunsets(tx: AsyncConnection, jobs: list[Job], now: datetime) -> None:
    row = m.SunsetItem
    ids = sorted(job.sunset_id for job in jobs if job.sunset_id is not None)
    if not ids:
        return
    await tx.execute(
        update(row)
        .where(row.id.in_(ids), row.status == SunsetStatus.EXPIRED)
        .values(status=SunsetStatus.PENDING, expired_at=None, updated_at=now)
    )
