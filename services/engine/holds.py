"""Holds as rows: opened once, ended when their cause is gone, and breakers only by a person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
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
        await tx.execute(
            insert(hold)
            .values(
                scope=HoldScope.DISK_GROUP,
                code=doubt.code,
                message=doubt.message,
                disk_group_id=disk_group_id,
                integration_id=doubt.integration_id,
                run_id=run_id,
                created_at=now,
            )
            .on_conflict_do_update(
                index_elements=["code", "disk_group_id", "integration_id"],
                index_where=hold.released_at.is_(None),
                set_={"message": doubt.message},
            )
        )
    standing = {(doubt.code, doubt.integration_id) for doubt in doubts}
    open_now = select(hold.id, hold.code, hold.integration_id).where(
        hold.disk_group_id == disk_group_id, hold.released_at.is_(None), hold.code.in_(OWN_CODES)
    )
    healed = [row.id for row in await tx.execute(open_now) if (row.code, row.integration_id) not in standing]
    if healed:
        await tx.execute(update(hold).where(hold.id.in_(healed)).values(released_at=now))


async def open_doubts(tx: AsyncConnection, disk_group_id: int, integration_ids: Sequence[int]) -> list[Doubt]:
    """Holds of others that stand against the group or one of its sources: breakers, a disputed disk."""
    hold = m.Hold
    rows = await tx.execute(
        select(hold.code, hold.message, hold.integration_id)
        .where(hold.released_at.is_(None), hold.code.not_in(OWN_CODES))
        .where(
            or_(
                hold.disk_group_id == disk_group_id,
                (hold.scope == HoldScope.INTEGRATION) & hold.integration_id.in_(integration_ids),
            )
        )
    )
    return [Doubt(row.code, row.message, row.integration_id) for row in rows]
