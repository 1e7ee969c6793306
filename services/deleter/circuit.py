"""Holding back an upstream that is in trouble: its jobs wait, one is let through now and then, success ends it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ACTIVE_JOB_STATES, HoldCode, HoldScope
from services.deleter.queries_switches import OWN_HOLDS

PAUSE = timedelta(minutes=1)
"""Business time between two tries while an upstream is held."""

_UNTIL = "until"
_IS_OPEN = text("released_at is null")


async def pause_s(tx: AsyncConnection, integration_id: int, now: datetime) -> float:
    """Seconds until the next try may be made at an upstream that is held; 0 when it is not."""
    hold = m.Hold
    rows = await tx.execute(select(hold.details).where(_open_holds(integration_id)))
    untils = [datetime.fromisoformat(row.details[_UNTIL]) for row in rows if _UNTIL in row.details]
    longest = max(((until - now).total_seconds() for until in untils), default=0.0)
    # a clock that was put back must not hold longer than a hold ever lasts
    return min(max(longest, 0.0), PAUSE.total_seconds())


async def hold_back(tx: AsyncConnection, integration_id: int, code: HoldCode, message: str, now: datetime) -> None:
    """Hold the upstream for `PAUSE` from now."""
    hold = m.Hold
    details = {_UNTIL: (now + PAUSE).strftime("%Y-%m-%dT%H:%M:%SZ")}
    new = insert(hold).values(
        scope=HoldScope.INTEGRATION,
        code=code,
        message=message,
        breaker=False,
        integration_id=integration_id,
        details=details,
        created_at=now,
    )
    await tx.execute(
        new.on_conflict_do_update(
            index_elements=[hold.code, hold.disk_group_id, hold.integration_id],
            index_where=_IS_OPEN,
            set_={"message": message, "details": details},
        )
    )


async def let_go(
    tx: AsyncConnection, integration_id: int, now: datetime, codes: Collection[HoldCode] = OWN_HOLDS
) -> None:
    """It works again: end the holds of these kinds."""
    hold = m.Hold
    await tx.execute(update(hold).where(_open_holds(integration_id), hold.code.in_(codes)).values(released_at=now))


async def let_go_idle(tx: AsyncConnection, now: datetime) -> None:
    """End the holds of upstreams from which nothing is to be deleted any more: nobody would ever try them again."""
    hold, job = m.Hold, m.DeletionJob
    wanted = (
        select(func.count())
        .where(job.integration_id == hold.integration_id, job.state.in_(ACTIVE_JOB_STATES))
        .scalar_subquery()
    )
    await tx.execute(
        update(hold)
        .where(hold.released_at.is_(None), hold.code.in_(OWN_HOLDS), hold.disk_group_id.is_(None), wanted == 0)
        .values(released_at=now)
    )


def _open_holds(integration_id: int) -> ColumnElement[bool]:
    hold = m.Hold
    return (
        hold.released_at.is_(None)
        & (hold.integration_id == integration_id)
        & hold.disk_group_id.is_(None)
        & hold.code.in_(OWN_HOLDS)
    )
