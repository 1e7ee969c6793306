"""The grace period: how long a new job waits, and how the wait begins again when a person takes one out."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import JobState

DEFAULT_DELAY_S = 30
"""Applies when the preference is missing, zero or negative: a person always has time to object."""


def usable_delay_s(delay_s: int | None) -> int:
    """The delay in seconds that is really used."""
    return delay_s if delay_s is not None and delay_s > 0 else DEFAULT_DELAY_S


async def grace_delay_s(tx: AsyncConnection) -> int:
    """The owner's `deletionQueueDelaySeconds`, made usable."""
    chosen = await tx.execute(select(m.Preferences.deletion_queue_delay_seconds))
    return usable_delay_s(chosen.scalar_one_or_none())


async def restart_delay(tx: AsyncConnection, now: datetime) -> None:
    """Every waiting job that is not due yet waits the whole delay from `now`; none becomes due earlier for it."""
    due = now + timedelta(seconds=await grace_delay_s(tx))
    job = m.DeletionJob
    await tx.execute(
        update(job)
        .where(
            job.state == JobState.WAITING,
            job.attempts == 0,  # a retry waits for the upstream, not for a person
            job.not_before > now,
            job.not_before < due,
        )
        .values(not_before=due)
    )
