"""All SQL about integrations as the owner sees them. Removed ones are invisible everywhere here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.db.show_level import ShowLevel
from services.api.rows import AnyRow

_VISIBLE = m.Integration.removed_at.is_(None)
_ROW = select(m.Integration.__table__, ShowLevel().is_overridden.label("overridden")).where(_VISIBLE)


async def all_integrations(conn: AsyncConnection) -> Sequence[AnyRow]:
    """Oldest first."""
    return (await conn.execute(_ROW.order_by(m.Integration.id))).all()


async def integration(conn: AsyncConnection, integration_id: int) -> AnyRow | None:
    return (await conn.execute(_ROW.where(m.Integration.id == integration_id))).one_or_none()


async def create(tx: AsyncConnection, values: dict[str, Any], now: datetime) -> int:
    """Insert; answers the new id."""
    made = insert(m.Integration).values(**values, created_at=now, updated_at=now).returning(m.Integration.id)
    return int((await tx.execute(made)).scalar_one())


async def save(tx: AsyncConnection, integration_id: int, values: dict[str, Any], now: datetime) -> bool:
    """Store what changed; False when it is not there.

    Its health is forgotten, so that the next probe decides, and its recycle bin, which may be another one's now.
    """
    forgotten: dict[str, Any] = {
        "last_sync": None,
        "last_error": "",
        "last_error_class": "",
        "consecutive_failures": 0,
        "down_announced_at": None,
        "next_probe_at": None,
        "recycle_bin": None,
        "recycle_bin_days": None,
    }
    changed = (
        update(m.Integration)
        .where(m.Integration.id == integration_id, _VISIBLE)
        .values(**values, **forgotten, updated_at=now)
    )
    return (await tx.execute(changed)).rowcount == 1


async def hide(tx: AsyncConnection, integration_id: int, now: datetime) -> AnyRow | None:
    """Mark as removed and disabled; answers type and name, None when it is not there. The deleter removes the row."""
    hidden = (
        update(m.Integration)
        .where(m.Integration.id == integration_id, _VISIBLE)
        .values(removed_at=now, enabled=False, updated_at=now)
        .returning(m.Integration.type, m.Integration.name)
    )
    return (await tx.execute(hidden)).one_or_none()


async def drop_what_hangs_on(tx: AsyncConnection, integration_id: int) -> None:
    """Remove rules, approval rows and disk links at once. Sunset rows and mappings stay for the deleter's clean-up."""
    for table in (m.CustomRule, m.ApprovalItem, m.DiskGroupIntegration):
        await tx.execute(delete(table).where(table.integration_id == integration_id))


async def any_enabled(tx: AsyncConnection) -> bool:
    return bool((await tx.execute(select(exists().where(m.Integration.enabled, _VISIBLE)))).scalar_one())


async def lock_all(tx: AsyncConnection) -> None:
    """Hold every row, so that two deletions at once cannot both believe the other one remains."""
    await tx.execute(select(m.Integration.id).order_by(m.Integration.id).with_for_update())


async def delete_disk_groups(tx: AsyncConnection) -> None:
    """Remove all disk groups with their history and sunset rows."""
    await tx.execute(delete(m.DiskGroup))


async def health(conn: AsyncConnection, now: datetime) -> Sequence[AnyRow]:
    """The enabled ones by id. Where no probe is planned yet, the next one is due now."""
    row = m.Integration
    found = await conn.execute(
        select(
            row.id.label("integration_id"),
            row.type.label("integration_type"),
            row.name,
            row.consecutive_failures,
            row.last_error,
            func.coalesce(row.next_probe_at, literal(now)).label("next_retry_at"),
            (row.consecutive_failures > 0).label("recovering"),
        )
        .where(row.enabled, _VISIBLE)
        .order_by(row.id)
    )
    return found.all()
