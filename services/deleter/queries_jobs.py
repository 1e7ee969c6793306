"""The steps of a claimed job as row changes. Each is refused, and answers False, once somebody else has claimed it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import Job
from libs.common.domain.enums import JobState
from services.deleter.claimed import Claimed

_HELD = (JobState.CLAIMED, JobState.DELETING, JobState.VERIFYING)
_LEASE_RUNS = text("lease_until >= clock_timestamp()")
_FREE = {"lease_owner": None, "lease_until": None}


def in_seconds(seconds: float) -> ColumnElement[datetime]:
    """So many seconds of the database's real time from now."""
    return func.clock_timestamp() + timedelta(seconds=seconds)


async def renew(tx: AsyncConnection, claimed: Claimed, lease_s: float) -> bool:
    """Heartbeat: the lease runs for `lease_s` seconds from now."""
    return await _move(tx, claimed, {"lease_until": in_seconds(lease_s)})


async def announce(tx: AsyncConnection, claimed: Claimed, now: datetime) -> bool:
    """Say that the delete call is about to be made. Once this is committed, a crash means: go and ask."""
    return await _move(
        tx, claimed, {"state": JobState.DELETING, "started_at": now}, JobState.CLAIMED, only_while=_LEASE_RUNS
    )


async def begin_verifying(tx: AsyncConnection, claimed: Claimed) -> bool:
    """The call is over; what came of it is looked up now."""
    return await _move(tx, claimed, {"state": JobState.VERIFYING}, JobState.DELETING)


async def end(
    tx: AsyncConnection, claimed: Claimed, state: JobState, now: datetime, *, error: str = "", error_class: str = ""
) -> bool:
    """The job is over."""
    values = {"state": state, "finished_at": now, "last_error": error, "last_error_class": error_class, **_FREE}
    return await _move(tx, claimed, values)


async def end_failed(tx: AsyncConnection, claimed: Claimed, now: datetime, error: str, error_class: str) -> bool:
    """The last attempt failed, too."""
    values = {
        "state": JobState.FAILED,
        "finished_at": now,
        "attempts": claimed.attempts + 1,
        "last_error": error,
        "last_error_class": error_class,
        **_FREE,
    }
    return await _move(tx, claimed, values)


async def try_again(
    tx: AsyncConnection,
    claimed: Claimed,
    not_before: datetime,
    began_at: datetime | None,
    *,
    error: str,
    error_class: str,
) -> bool:
    """One attempt more has failed; the job waits until `not_before`. `began_at`: see `Claimed`."""
    values = {
        "state": JobState.WAITING,
        "attempts": claimed.attempts + 1,
        "not_before": not_before,
        "started_at": began_at,
        "last_error": error,
        "last_error_class": error_class,
        **_FREE,
    }
    return await _move(tx, claimed, values)


async def wait_on(tx: AsyncConnection, claimed: Claimed, not_before: datetime, error: str, error_class: str) -> bool:
    """Nothing was tried, so no attempt is counted; the job waits until `not_before`."""
    values = {
        "state": JobState.WAITING,
        "not_before": not_before,
        "started_at": claimed.began_at,
        "last_error": error,
        "last_error_class": error_class,
        **_FREE,
    }
    return await _move(tx, claimed, values)


async def put_back(tx: AsyncConnection, claimed: Claimed) -> bool:
    """As if it had never been claimed; only before anything was announced."""
    return await _move(tx, claimed, {"state": JobState.WAITING, **_FREE}, JobState.CLAIMED)


async def leave_unanswered(tx: AsyncConnection, claimed: Claimed, pause_s: float, error: str) -> bool:
    """What came of the call is still unknown: whoever looks after `pause_s` seconds asks again."""
    values = {"lease_until": in_seconds(pause_s), "last_error": error}
    return await _move(tx, claimed, values, JobState.DELETING, JobState.VERIFYING)


async def count_deleted(tx: AsyncConnection, job: Job, now: datetime) -> None:
    """One item and its bytes more, for the run that chose it and for ever."""
    run, stats = m.EngineRun, m.LifetimeStats
    if job.run_id is not None:
        await tx.execute(
            update(run)
            .where(run.id == job.run_id)
            .values(deleted=run.deleted + 1, freed_bytes=run.freed_bytes + job.size_bytes)
        )
    await tx.execute(
        update(stats).values(
            total_items_removed=stats.total_items_removed + 1,
            total_bytes_reclaimed=stats.total_bytes_reclaimed + job.size_bytes,
            updated_at=now,
        )
    )


async def forget_files(tx: AsyncConnection, claimed: Claimed) -> None:
    """Drop what sync remembers about the files of this title: the next read lists them again, path and all."""
    digest, target = m.EpisodeFileDigest, claimed.target
    await tx.execute(
        delete(digest).where(digest.integration_id == target.integration_id, digest.series_id == target.native_id)
    )


async def _move(
    tx: AsyncConnection,
    claimed: Claimed,
    values: dict[str, Any],
    *states: JobState,
    only_while: ColumnElement[bool] | Any = None,
) -> bool:
    job = m.DeletionJob
    condition = and_(job.id == claimed.job.id, job.fence == claimed.fence, job.state.in_(states or _HELD))
    if only_while is not None:
        condition = and_(condition, only_while)
    moved = await tx.execute(update(job).where(condition).values(values))
    return moved.rowcount == 1
