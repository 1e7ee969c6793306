"""All SQL about waiting jobs as the owner sees them, and about the snooze that a cancelled one can become."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, JobState, Trigger
from services.api.deletion_queue.wire import JobAddress
from services.api.rows import AnyRow
from services.api.rows_as_json import PERCENT, RAW, TIME, array_of, fetch_array

MOST_CANDIDATES = 50

_SOURCE = """
    select *, row_number() over (order by score desc, created_at, id) as place
      from deletion_jobs where state = 'waiting'
"""


def _job(score: str) -> str:
    return f"""
    'mediaName', r.title, 'mediaType', r.media_type, 'sizeBytes', r.size_bytes, 'integrationId', r.integration_id,
    'score', {score.format("r.score")}, 'posterUrl', nullif(r.poster_url, ''),
    'collectionGroup', nullif(r.collection_group, ''), 'id', r.id, 'externalId', r.external_id, 'state', r.state,
    'notBefore', {TIME.format("r.not_before")}, 'waitReason', nullif(r.last_error, '')
    """


_SEED_LIST = array_of(_job(PERCENT), _SOURCE)
_REFERENCE_LIST = array_of(_job(RAW), _SOURCE)


async def waiting_jobs(conn: AsyncConnection, *, reference: bool) -> str:
    """Waiting jobs as a JSON array, in the order in which they would be claimed."""
    return await fetch_array(conn, _REFERENCE_LIST if reference else _SEED_LIST, {})


async def find_waiting(tx: AsyncConnection, address: JobAddress) -> Sequence[AnyRow]:
    """The waiting jobs an address fits, locked, so that a claim and a cancellation cannot both win."""
    job = m.DeletionJob
    wanted = select(job.__table__).where(job.state == JobState.WAITING)
    if address.id is not None:
        wanted = wanted.where(job.id == address.id)
    if address.media_name:
        wanted = wanted.where(job.title == address.media_name)
    if address.media_type:
        wanted = wanted.where(cast(job.media_type, Text) == address.media_type)
    if address.integration_id is not None:
        wanted = wanted.where(job.integration_id == address.integration_id)
    if address.external_id:
        wanted = wanted.where(job.external_id == address.external_id)
    found = await tx.execute(wanted.order_by(job.id).limit(MOST_CANDIDATES).with_for_update())
    return found.all()


async def snooze_item(tx: AsyncConnection, job: AnyRow, until: datetime, now: datetime) -> int:
    """Make the item's approval row, new or not, a snooze; answers its id.

    An item may have an open row and an older snooze side by side: the open one becomes the snooze, the old one goes.
    """
    row = m.ApprovalItem
    mine = (row.integration_id == job.integration_id, row.external_id == job.external_id)
    open_id = (
        await tx.execute(select(row.id).where(*mine, row.status != ApprovalStatus.REJECTED).with_for_update())
    ).scalar_one_or_none()
    if open_id is not None:
        await tx.execute(delete(row).where(*mine, row.id != open_id))
    values = {"status": ApprovalStatus.REJECTED, "snoozed_until": until, "last_error": "", "updated_at": now}
    changed = await tx.execute(update(row).where(*mine).values(**values, version=row.version + 1).returning(row.id))
    known = changed.scalar_one_or_none()
    if known is not None:
        return int(known)
    made = insert(row).values(**_approval_of(job), **values, created_at=now).returning(row.id)
    return int((await tx.execute(made)).scalar_one())


def _approval_of(job: AnyRow) -> dict[str, Any]:
    return {
        "media_name": job.title,
        "media_type": job.media_type,
        "score_details": job.score_details,
        "size_bytes": job.size_bytes,
        "score": job.score,
        "poster_url": job.poster_url,
        "integration_id": job.integration_id,
        "external_id": job.external_id,
        "disk_group_id": job.disk_group_id,
        "run_id": job.run_id,
        "trigger": Trigger.USER if job.trigger == Trigger.USER else Trigger.ENGINE,
        "user_initiated": job.trigger == Trigger.USER,
        "collection_group": job.collection_group,
        "fingerprint": job.fingerprint,
    }
