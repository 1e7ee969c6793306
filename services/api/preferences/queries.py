"""All SQL about the single row of preferences."""

from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from services.api.rows import AnyRow

_TABLE = m.Preferences.__table__


async def load_preferences(tx: AsyncConnection) -> AnyRow:
    """The stored preferences; the row is made with its defaults when it is missing."""
    return await _load(tx, select(_TABLE))


async def lock_preferences(tx: AsyncConnection) -> AnyRow:
    """The stored preferences, held until the transaction ends, so that two changes merge and none is lost."""
    return await _load(tx, select(_TABLE).with_for_update())


async def hold_preferences(tx: AsyncConnection) -> AnyRow:
    """The stored preferences, which nobody changes before the transaction ends; others may hold them as well."""
    return await _load(tx, select(_TABLE).with_for_update(read=True))


async def _load(tx: AsyncConnection, wanted: Select[Any]) -> AnyRow:
    row: AnyRow | None = (await tx.execute(wanted)).one_or_none()
    if row is None:
        await tx.execute(insert(m.Preferences).values(id=1).on_conflict_do_nothing())
        row = (await tx.execute(wanted)).one()
    return row


async def save_preferences(tx: AsyncConnection, values: dict[str, Any]) -> AnyRow:
    """Store the given columns; answers the whole row as it is now."""
    return (await tx.execute(update(m.Preferences).values(**values).returning(*_TABLE.columns))).one()
