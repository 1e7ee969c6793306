"""Holds as rows: opened once, ended when their cause is gone, and breakers only by a person, whose word counts once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import HoldCode, HoldScope
from services.engine.gates import Doubt

OWN_CODES = (
    HoldCode.SOURCE_FAILED,
    HoldCode.SOURCE_PARTIAL,
    HoldCode.SOURCE_STALE,
    HoldCode.ROOT_FOLDER_INACCESSIBLE,
    HoldCode.DISK_UNKNOWN,
)
"""What the engine opens and ends itself."""


async def settle_holds(
    tx: AsyncConnection, disk_group_id: int, doubts: Sequence[Doubt], run_id: int, now: datetime
) -> None:
    """Make the group's own holds equal to today's doubts: new ones opened, healed ones ended, standing ones kept."""
    hold = m.Hold
    for doubt in doubts:
        await open_hold(tx, disk_group_id, doubt, run_id, now)
    standing = {(doubt.code, doubt.integration_id) for doubt in doubts}
    open_now = select(hold.id, hold.code, hold.integration_id).where(
        hold.disk_group_id == disk_group_id, hold.released_at.is_(None), hold.code.in_(OWN_CODES)
    )
    healed = [row.id for row in await tx.execute(open_now) if (row.code, row.integration_id) not in standing]
    if healed:
        await tx.execute(update(hold).where(hold.id.in_(healed)).values(released_at=now))


async def open_hold(tx: AsyncConnection, disk_group_id: int, doubt: Doubt, run_id: int, now: datetime) -> None:
    """Hold the group for this reason; one that stands already gets the new words and figures."""
    hold = m.Hold
    await tx.execute(
        insert(hold)
        .values(
            scope=HoldScope.DISK_GROUP,
            code=doubt.code,
            message=doubt.message,
            disk_group_id=disk_group_id,
            integration_id=doubt.integration_id,
            run_id=run_id,
            details=doubt.details,
            created_at=now,
        )
        .on_conflict_do_update(
            index_elements=["code", "disk_group_id", "integration_id"],
            index_where=hold.released_at.is_(None),
            set_={"message": doubt.message, "details": doubt.details},
        )
    )


async def end_hold(tx: AsyncConnection, disk_group_id: int, code: HoldCode, now: datetime) -> None:
    """Its cause is gone. A breaker stays until a person has released it."""
    hold = m.Hold
    standing = (hold.disk_group_id == disk_group_id, hold.code == code, hold.released_at.is_(None), ~hold.breaker)
    await tx.execute(update(hold).where(*standing).values(released_at=now))


async def open_doubts(tx: AsyncConnection, disk_group_id: int, integration_ids: Sequence[int]) -> list[Doubt]:
    """Holds of others that stand against the group or one of its sources: a disputed disk, a source that shrank."""
    hold = m.Hold
    rows = await tx.execute(
        select(hold.code, hold.message, hold.integration_id)
        .where(hold.released_at.is_(None), hold.code.not_in((*OWN_CODES, HoldCode.MASS_CHANGE)))
        .where(
            or_(
                hold.disk_group_id == disk_group_id,
                (hold.scope == HoldScope.INTEGRATION) & hold.integration_id.in_(integration_ids),
            )
        )
    )
    return [Doubt(row.code, row.message, row.integration_id) for row in rows]


USED_IN_RUN = "usedInRun"
"""Member of a released breaker's details: the run that the release has been spent on."""


async def is_mass_change_open(tx: AsyncConnection, disk_group_id: int) -> bool:
    """Whether the group's breaker still waits for a person."""
    hold = m.Hold
    standing = select(hold.id).where(
        hold.code == HoldCode.MASS_CHANGE, hold.disk_group_id == disk_group_id, hold.released_at.is_(None)
    )
    return bool((await tx.execute(select(standing.exists()))).scalar_one())


async def spend_release(tx: AsyncConnection, disk_group_id: int, run_id: int) -> dict[str, Any] | None:
    """Use up what a person has released of the group's mass changes; answers the details of the newest, if any.

    A release is a word about one set of figures: the next run that it could be about spends it, whatever comes of it.
    """
    hold = m.Hold
    spent = (
        update(hold)
        .where(
            hold.code == HoldCode.MASS_CHANGE,
            hold.disk_group_id == disk_group_id,
            hold.released_by.is_not(None),
            ~hold.details.has_key(USED_IN_RUN),
        )
        .values(details=hold.details.op("||")(func.jsonb_build_object(USED_IN_RUN, literal(run_id))))
        .returning(hold.id, hold.details)
    )
    rows = sorted(await tx.execute(spent), key=lambda row: row.id)
    return rows[-1].details if rows else None
