"""The grace period: how long a new job waits, and how the wait begins again when a person takes one out."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
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
    """Every waiting job that is not due yet waits the whole delay from `now`; none becomes due earlier for it.

    Rows that somebody else holds at this moment are being cancelled or claimed, and are left alone.
    """
    due = now + timedelta(seconds=await grace_delay_s(tx))
    job = m.DeletionJob
    early = (
        select(job.id)
        .where(
            job.state == JobState.WAITING,
            job.attempts == 0,  # a retry waits for the upstream, not for a person
            job.not_before > now,
            job.not_before < due,
        )
        .with_for_update(skip_locked=True)
    )
    await tx.execute(update(job).where(job.id.in_(early)).values(not_before=due))


@dataclass(frozen=True, slots=True)
class GraceState:
    """The grace period of the whole queue. `remaining_s` is rounded up, and 0 unless it is `active`."""

    is_active: bool
    remaining_s: int
    waiting: int


async def grace_state(tx: AsyncConnection, now: datetime) -> GraceState:
    """Active means that jobs wait and none of them is due."""
    job = m.DeletionJob
    row = (
        await tx.execute(
            select(func.count().label("waiting"), func.min(job.not_before).label("first_due")).where(
                job.state == JobState.WAITING
            )
        )
    ).one()
    return state_at(row.waiting, row.first_due, now)


def state_at(waiting: int, first_due: datetime | None, now: datetime) -> GraceState:
    """Of so many waiting jobs. Pure; the rest is rounded up, so that 0 never means "still"."""
    remaining_s = 0.0 if first_due is None else (first_due - now).total_seconds()
    is_active = waiting > 0 and remaining_s > 0
    return GraceState(is_active, math.ceil(remaining_s) if is_active else 0, waiting)
