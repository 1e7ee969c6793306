"""All SQL about jobs in the deleter's hands: finding, leasing, moving and ending them, each under its fence."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import JOB_COLUMNS
from libs.common.domain.enums import ApprovalStatus, JobState
from services.deleter.claimed import Claimed

LEASE_S = 30.0
"""Real time after which a silent worker's job goes to another one; a heartbeat renews it three times in it."""

UNDER_WAY = (JobState.CLAIMED, JobState.DELETING, JobState.VERIFYING)
MOST_AT_ONCE = 500
_LANE = 0x6361_706A


class StaleFenceError(RuntimeError):
    """The job is in other hands by now, and so is the duty to find out about it."""


async def lock_lane(tx: AsyncConnection, integration_id: int) -> None:
    """Until the transaction ends nobody else claims a job of this integration."""
    await tx.execute(text("select pg_advisory_xact_lock(:lane, :id)"), {"lane": _LANE, "id": integration_id % 2**31})


async def is_busy(tx: AsyncConnection, integration_id: int) -> bool:
    """Whether a job of the integration is in somebody's hands: one at a time."""
    job = m.DeletionJob
    mine = and_(job.integration_id == integration_id, job.state.in_(UNDER_WAY))
    return bool((await tx.execute(select(exists().where(mine)))).scalar_one())


async def newest_call(tx: AsyncConnection, integration_id: int) -> datetime | None:
    """When the integration's last delete call was announced."""
    job = m.DeletionJob
    rows = select(func.max(job.started_at)).where(job.integration_id == integration_id)
    return (await tx.execute(rows)).scalar_one()


async def due_jobs(
    tx: AsyncConnection, now: datetime, where: ColumnElement[bool], *, limit: int = MOST_AT_ONCE
) -> Sequence[Row[Any]]:
    """Waiting jobs whose time has come, best candidate first, locked; those somebody else holds are left out."""
    job = m.DeletionJob
    columns = (*JOB_COLUMNS, job.attempts, job.started_at)
    rows = (
        select(*columns)
        .where(job.state == JobState.WAITING, job.not_before <= now, where)
        .order_by(job.score.desc(), job.created_at, job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await tx.execute(rows)).all()


async def lanes_with_due_jobs(tx: AsyncConnection, now: datetime) -> list[int]:
    """Integrations that have something to do."""
    job = m.DeletionJob
    rows = select(job.integration_id).where(job.state == JobState.WAITING, job.not_before <= now).distinct()
    return sorted((await tx.execute(rows)).scalars().all())


async def lease(tx: AsyncConnection, job_id: int, owner: str) -> int:
    """Take the job; answers its new fence."""
    job = m.DeletionJob
    taken = (
        update(job)
        .where(job.id == job_id)
        .values(
            state=JobState.CLAIMED,
            fence=job.fence + 1,
            lease_owner=owner,
            lease_until=func.clock_timestamp() + timedelta(seconds=LEASE_S),
        )
        .returning(job.fence)
    )
    return int((await tx.execute(taken)).scalar_one())


async def renew(tx: AsyncConnection, claimed: Claimed) -> None:
    """Hold the lease for its full time from now. Raises `StaleFenceError`."""
    await move(tx, claimed, {"lease_until": func.clock_timestamp() + timedelta(seconds=LEASE_S)})


async def move(tx: AsyncConnection, claimed: Claimed, values: dict[str, Any]) -> None:
    """Change the job's row as its holder. Raises `StaleFenceError` when somebody else holds it (T9)."""
    job = m.DeletionJob
    moved = update(job).where(job.id == claimed.job.id, job.fence == claimed.fence, job.state.in_(UNDER_WAY))
    if (await tx.execute(moved.values(**values))).rowcount != 1:
        raise StaleFenceError(f"job {claimed.job.id} is in other hands")


async def release_expired(tx: AsyncConnection) -> int:
    """Put jobs of silent workers back in line. One that had announced its call keeps that: it is asked about first."""
    job = m.DeletionJob
    back = (
        update(job)
        .where(job.state.in_(UNDER_WAY), job.lease_until < func.clock_timestamp())
        .values(state=JobState.WAITING, lease_owner=None, lease_until=None)
    )
    return int((await tx.execute(back)).rowcount)


async def snoozed_among(tx: AsyncConnection, integration_id: int, now: datetime) -> set[str]:
    """External ids that a person has snoozed."""
    row = m.ApprovalItem
    rows = select(row.external_id).where(
        row.integration_id == integration_id,
        row.status == ApprovalStatus.REJECTED,
        (row.snoozed_until > now) | row.snoozed_until.is_(None),
    )
    return set((await tx.execute(rows)).scalars().all())


async def scores_are_current(tx: AsyncConnection) -> bool:
    """Whether rules, weights and settings are all reflected in the current preview (T27): else nothing is claimed."""
    state = m.PreviewState
    row = (await tx.execute(select(state.preview_id, state.wanted_scoring, state.scored_scoring))).one_or_none()
    return row is not None and row.preview_id is not None and row.wanted_scoring <= row.scored_scoring


async def protection(tx: AsyncConnection, integration_id: int, external_ids: Collection[str]) -> dict[str, bool]:
    """Whether the current preview protects these items or their shows; what it does not know is not in the answer."""
    rows = await tx.execute(_PROTECTION, {"integration": integration_id, "ids": sorted(external_ids)})
    return {row.external_id: bool(row.is_protected) for row in rows}


_PROTECTION = text(
    """
    select i.external_id, p.protected or coalesce(parent.protected, false) as is_protected
      from preview_state s
      join media_items i on i.integration_id = :integration and i.external_id = any(:ids)
      join preview_items p on p.preview_id = s.preview_id and p.item_id = i.id
      left join media_items show
        on show.integration_id = i.integration_id and show.external_id = i.parent_external_id
      left join preview_items parent on parent.preview_id = s.preview_id and parent.item_id = show.id
    """
)


async def shares_path(tx: AsyncConnection, integration_id: int, external_id: str, path: str) -> bool:
    """Whether another item of any source lives at or below `path` (S-22); a show and its seasons count as one."""
    if not path:
        return False
    values = {"integration": integration_id, "external": external_id, "show": external_id.partition("-s")[0]}
    values |= {"path": path, "below": path.rstrip("/").replace("\\", "/") + "/"}
    return bool((await tx.execute(_SHARES_PATH, values)).scalar_one())


_SHARES_PATH = text(
    """
    select exists (
        select from media_items i
         where (i.path = :path or starts_with(i.path, :below))
           and not (i.integration_id = :integration
                    and (i.external_id = :show or i.parent_external_id = :show or i.external_id = :external))
           and i.integration_id = :integration
    )
    """
)
