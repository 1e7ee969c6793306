"""All SQL about deletions that were given up, as long as nobody has dealt with them."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import JobState
from services.api.rows import AnyRow
from services.api.rows_as_json import PERCENT, RAW, TIME, array_of, fetch_array

_JOB = m.DeletionJob
_OPEN = (_JOB.state == JobState.FAILED, _JOB.dismissed_at.is_(None))
_SOURCE = """
    select *, row_number() over (order by finished_at desc, id desc) as place
      from deletion_jobs where state = 'failed' and dismissed_at is null
     order by finished_at desc, id desc limit :limit offset :offset
"""


def _members(score: str) -> str:
    return f"""
    'id', r.id, 'mediaName', r.title, 'mediaType', r.media_type, 'integrationId', r.integration_id,
    'externalId', r.external_id, 'sizeBytes', r.size_bytes, 'score', {score.format("r.score")},
    'attempts', r.attempts, 'lastError', r.last_error, 'errorClass', r.last_error_class,
    'failedAt', {TIME.format("r.finished_at")}, 'trigger', r.trigger, 'runId', r.run_id,
    'diskGroupId', r.disk_group_id, 'collectionGroup', nullif(r.collection_group, ''),
    'posterUrl', nullif(r.poster_url, ''), 'createdAt', {TIME.format("r.created_at")}
    """


_SEED_LIST = array_of(_members(PERCENT), _SOURCE)
_REFERENCE_LIST = array_of(_members(RAW), _SOURCE)


async def failed_jobs(conn: AsyncConnection, limit: int, offset: int, *, reference: bool) -> str:
    """A page as a JSON array, the newest failure first."""
    query = _REFERENCE_LIST if reference else _SEED_LIST
    return await fetch_array(conn, query, {"limit": limit, "offset": offset})


async def count_failed(conn: AsyncConnection) -> int:
    """All of them."""
    return int((await conn.execute(select(func.count()).select_from(_JOB).where(*_OPEN))).scalar_one())


async def job(conn: AsyncConnection, job_id: int) -> AnyRow | None:
    """A job in any state."""
    return (await conn.execute(select(_JOB.__table__).where(_JOB.id == job_id))).one_or_none()


async def close(tx: AsyncConnection, job_id: int, now: datetime) -> bool:
    """A person has dealt with it; False when it is not open (any more)."""
    closed = await tx.execute(update(_JOB).where(_JOB.id == job_id, *_OPEN).values(dismissed_at=now))
    return closed.rowcount == 1
