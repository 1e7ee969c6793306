"""Breakers, whoever trips them: opened once, told once, released by a person only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import HoldCode, HoldScope
from libs.common.events.safety import BreakerTripped
from libs.common.messaging.outbox import add_event

_H = m.Hold


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is stopped and why. Exactly one of the two ids is set; `details` keeps what a person confirms."""

    code: HoldCode
    message: str
    disk_group_id: int | None = None
    integration_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def scope(self) -> HoldScope:
        return HoldScope.DISK_GROUP if self.disk_group_id is not None else HoldScope.INTEGRATION


@dataclass(frozen=True, slots=True)
class Released:
    """A former breaker that a person let go; None as person means that its cause was removed instead."""

    details: dict[str, Any]
    released_at: datetime
    released_by: str | None


async def trip(tx: AsyncConnection, breaker: Breaker, *, source: str, run_id: int | None, now: datetime) -> None:
    """Open the breaker and announce it; one that is open already only gets the new numbers."""
    opened = await tx.execute(
        insert(_H)
        .values(
            scope=breaker.scope,
            code=breaker.code,
            message=breaker.message,
            breaker=True,
            disk_group_id=breaker.disk_group_id,
            integration_id=breaker.integration_id,
            run_id=run_id,
            details=breaker.details,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(_H.id)
    )
    hold_id = opened.scalar_one_or_none()
    if hold_id is None:
        newer = update(_H).where(*_open(breaker)).values(message=breaker.message, details=breaker.details)
        await tx.execute(newer)
        return
    tripped = BreakerTripped(
        hold_id=hold_id,
        code=breaker.code,
        disk_group_id=breaker.disk_group_id,
        integration_id=breaker.integration_id,
        reason=breaker.message,
    )
    await add_event(tx, tripped, source=source, run_id=run_id, at=now)


async def withdraw(tx: AsyncConnection, breaker: Breaker, now: datetime) -> None:
    """Close the breaker because a person removed its cause elsewhere. Harmless when it is not open."""
    await tx.execute(update(_H).where(*_open(breaker)).values(released_at=now))


async def last_released(tx: AsyncConnection, code: HoldCode, owner: ColumnElement[bool]) -> Released | None:
    """The newest closed breaker of this kind of one group or integration."""
    found = await tx.execute(
        select(_H.details, _H.released_at, _H.released_by)
        .where(_H.code == code, owner, _H.released_at.is_not(None))
        .order_by(_H.released_at.desc(), _H.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else Released(row.details, row.released_at, row.released_by)


def _open(breaker: Breaker) -> Sequence[ColumnElement[bool]]:
    return (
        _H.code == breaker.code,
        _H.disk_group_id.is_not_distinct_from(breaker.disk_group_id),
        _H.integration_id.is_not_distinct_from(breaker.integration_id),
        _H.released_at.is_(None),
    )
