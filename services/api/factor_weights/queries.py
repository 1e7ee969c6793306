"""All SQL about the weights of factors, and about what they rest on."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import FactorKey, IntegrationType


async def stored_weights(conn: AsyncConnection) -> dict[FactorKey, int]:
    row = m.FactorWeight
    known = await conn.execute(select(row.factor_key, row.weight).where(row.factor_key.in_(list(FactorKey))))
    return {found.factor_key: found.weight for found in known}


async def broken_by_type(conn: AsyncConnection) -> dict[IntegrationType, bool]:
    """The types of which an integration is enabled, and whether every one of them fails at present."""
    row = m.Integration
    rows = await conn.execute(
        select(row.type, func.bool_and(row.last_error != "").label("broken"))
        .where(row.enabled, row.removed_at.is_(None))
        .group_by(row.type)
    )
    return {found.type: found.broken for found in rows}


async def save_weights(tx: AsyncConnection, weights: Mapping[FactorKey, int], now: datetime) -> None:
    """Store them all. In the order of the keys, so that two callers never wait for each other."""
    rows = [{"factor_key": key, "weight": weight, "updated_at": now} for key, weight in sorted(weights.items())]
    given = insert(m.FactorWeight).values(rows)
    saved = {"weight": given.excluded.weight, "updated_at": given.excluded.updated_at}
    await tx.execute(given.on_conflict_do_update(index_elements=["factor_key"], set_=saved))
