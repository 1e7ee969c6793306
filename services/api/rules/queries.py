"""All SQL about custom rules as their owner writes and orders them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType
from services.api.rows import AnyRow

_TABLE = m.CustomRule.__table__


async def all_rules(conn: AsyncConnection) -> Sequence[AnyRow]:
    """In their order."""
    return (await conn.execute(select(_TABLE).order_by(_TABLE.c.sort_order, _TABLE.c.id))).all()


async def count_rules(conn: AsyncConnection) -> int:
    return int((await conn.execute(select(func.count()).select_from(_TABLE))).scalar_one())


async def enabled_types(conn: AsyncConnection) -> set[IntegrationType]:
    """The types of which an integration is enabled."""
    row = m.Integration
    return set((await conn.execute(select(row.type).where(row.enabled, row.removed_at.is_(None)))).scalars())


async def hold_integration(tx: AsyncConnection, integration_id: int) -> IntegrationType | None:
    """Its type, and it cannot be removed before the transaction ends; None when it is not there."""
    row = m.Integration
    held = select(row.type).where(row.id == integration_id, row.removed_at.is_(None))
    return (await tx.execute(held.with_for_update(read=True, key_share=True))).scalar_one_or_none()


async def create(tx: AsyncConnection, columns: dict[str, Any], now: datetime) -> AnyRow:
    """Insert; answers the new row."""
    made = insert(m.CustomRule).values(**columns, created_at=now, updated_at=now)
    return (await tx.execute(made.returning(*_TABLE.columns))).one()


async def save(tx: AsyncConnection, rule_id: int, columns: dict[str, Any], now: datetime) -> AnyRow | None:
    """Store the columns; answers the row as it is now, None when it is not there."""
    saved = update(m.CustomRule).where(m.CustomRule.id == rule_id).values(**columns, updated_at=now)
    return (await tx.execute(saved.returning(*_TABLE.columns))).one_or_none()


async def remove(tx: AsyncConnection, rule_id: int) -> str | None:
    """Delete it; answers the field it spoke of, None when it is not there."""
    gone = delete(m.CustomRule).where(m.CustomRule.id == rule_id).returning(m.CustomRule.field)
    return (await tx.execute(gone)).scalar_one_or_none()


async def reorder(tx: AsyncConnection, ids: Sequence[int], now: datetime) -> Sequence[AnyRow]:
    """Give each rule its place in `ids`, from 0; answers id, field and effect of those that moved.

    The rows are taken in the order of their ids first: two callers with opposite lists would deadlock otherwise.
    """
    rule = m.CustomRule
    await tx.execute(select(rule.id).where(rule.id.in_(ids)).order_by(rule.id).with_for_update())
    listed = func.unnest(literal(list(ids), ARRAY(BigInteger)))
    wanted = listed.table_valued("id", with_ordinality="place").render_derived()
    place = wanted.c.place - 1
    moved = (
        update(rule)
        .values(sort_order=place, updated_at=now)
        .where(rule.id == wanted.c.id, rule.sort_order != place)
        .returning(rule.id, rule.field, rule.effect)
    )
    return (await tx.execute(moved)).all()
