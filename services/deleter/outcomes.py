"""How a job ends: its row, audit, counters, origin and event in one transaction, guarded by its fence."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.audit import record
from libs.common.deletions.cancel import record_cancelled
from libs.common.deletions.events import tell
from libs.common.deletions.job import Job
from libs.common.deletions.modes import Act, Intent
from libs.common.deletions.origin import remove_origins, return_origins
from libs.common.domain.enums import JobState
from libs.common.events.deletion import DeletionDryRun, DeletionFailed, DeletionSuccess
from libs.common.preview import mark_body_outdated
from services.deleter import queries_jobs as jobs
from services.deleter.claim import SOURCE
from services.deleter.claimed import Claimed
from services.deleter.queries_switches import ALREADY_GONE
from services.deleter.retry import next_try

_FREE = {"lease_owner": None, "lease_until": None}


async def announce(tx: AsyncConnection, claimed: Claimed, now: datetime) -> None:
    """Say that the delete call comes now: whoever finds this row after a crash has to ask the upstream first."""
    await jobs.move(tx, claimed, {"state": JobState.DELETING, "started_at": claimed.began_at or now})


async def verifying(tx: AsyncConnection, claimed: Claimed) -> None:
    """The call has been answered, or not: now the upstream is asked whether the item is gone."""
    await jobs.move(tx, claimed, {"state": JobState.VERIFYING})


async def deleted(tx: AsyncConnection, claimed: Claimed, now: datetime) -> None:
    """The item is gone and we did it: counted once, because the state moves once."""
    job = claimed.job
    await jobs.move(tx, claimed, {"state": JobState.DELETED, "finished_at": now, "last_error": "", **_FREE})
    await record(tx, [(job, Intent(Act.REAL, "deleted and confirmed by its upstream"))], now)
    await _count(tx, job, now)
    await remove_origins(tx, [job])
    event = DeletionSuccess(
        title=job.title,
        size_bytes=job.size_bytes,
        media_type=job.media_type,
        integration_id=job.integration_id,
        collection_group=job.collection_group or None,
    )
    await tell(tx, [(job, event)], source=SOURCE, at=now)
    await mark_body_outdated(tx)


async def already_gone(tx: AsyncConnection, claimed: Claimed, now: datetime) -> None:
    """Somebody else deleted it before we came: a success that freed nothing by us (T38)."""
    job, nothing = claimed.job, {"last_error": "it was gone already", "last_error_class": ALREADY_GONE}
    await jobs.move(tx, claimed, {"state": JobState.DELETED, "finished_at": now, **nothing, **_FREE})
    await record_cancelled(tx, [job], "it was gone already", SOURCE, now)
    await remove_origins(tx, [job])


async def called_off(tx: AsyncConnection, claimed: Claimed, reason: str, now: datetime) -> None:
    """It stays: nothing was deleted, and its origin row waits for a new decision."""
    await jobs.move(
        tx,
        claimed,
        {"state": JobState.CANCELLED, "finished_at": now, "last_error": reason, "started_at": None, **_FREE},
    )
    await record_cancelled(tx, [claimed.job], reason, SOURCE, now)


async def postponed(tx: AsyncConnection, claimed: Claimed, reason: str, until: datetime) -> None:
    """Back in line without counting as a failure."""
    values = {"state": JobState.WAITING, "not_before": until, "last_error": reason, **_FREE}
    await jobs.move(tx, claimed, values)


async def attempt_failed(
    tx: AsyncConnection, claimed: Claimed, error: str, error_class: str, now: datetime, retry_after_s: float = 0.0
) -> bool:
    """Count a failure; True when it will be tried again, False when the job is given up and its origin told."""
    attempts = claimed.attempts + 1
    again_at = next_try(attempts, error_class, now, retry_after_s=retry_after_s)
    values: dict[str, Any] = {"attempts": attempts, "last_error": error, "last_error_class": error_class, **_FREE}
    if again_at is not None:
        await jobs.move(tx, claimed, values | {"state": JobState.WAITING, "not_before": again_at})
        return True
    job = claimed.job
    await jobs.move(tx, claimed, values | {"state": JobState.FAILED, "finished_at": now})
    await return_origins(tx, [job], errors={job.id: error}, source=SOURCE, now=now)
    event = DeletionFailed(title=job.title, media_type=job.media_type, integration_id=job.integration_id, error=error)
    await tell(tx, [(job, event)], source=SOURCE, at=now)
    await mark_body_outdated(tx)
    return False


async def simulated(tx: AsyncConnection, ended: list[tuple[Job, Intent]], now: datetime) -> None:
    """Many simulations at once: no upstream, no throttle, one statement each for rows, audit and events."""
    if not ended:
        return
    row = m.DeletionJob
    ids = [job.id for job, _ in ended]
    await tx.execute(update(row).where(row.id.in_(ids)).values(state=JobState.SIMULATED, finished_at=now))
    await record(tx, ended, now)
    only_jobs = [job for job, _ in ended]
    await return_origins(tx, only_jobs, errors={}, source=SOURCE, now=now)
    events = [
        (job, DeletionDryRun(title=job.title, media_type=job.media_type, size_bytes=job.size_bytes))
        for job in only_jobs
    ]
    await tell(tx, events, source=SOURCE, at=now)
    await mark_body_outdated(tx)


async def _count(tx: AsyncConnection, job: Job, now: datetime) -> None:
    stats, run = m.LifetimeStats, m.EngineRun
    await tx.execute(
        update(stats).values(
            total_bytes_reclaimed=stats.total_bytes_reclaimed + job.size_bytes,
            total_items_removed=stats.total_items_removed + 1,
            updated_at=now,
        )
    )
    if job.run_id is not None:
        counted = {"deleted": run.deleted + 1, "freed_bytes": run.freed_bytes + job.size_bytes}
        await tx.execute(update(run).where(run.id == job.run_id).values(**counted))
