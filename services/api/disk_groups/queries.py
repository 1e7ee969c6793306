"""All SQL about disk groups as the owner sees and sets them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from services.api.rows import AnyRow

_TABLE = m.DiskGroup.__table__


async def all_groups(conn: AsyncConnection) -> Sequence[AnyRow]:
    """By id, stale ones too."""
    return (await conn.execute(select(_TABLE).order_by(_TABLE.c.id))).all()


async def linked_integrations(conn: AsyncConnection) -> Mapping[int, list[AnyRow]]:
    """The visible integrations that report each group, by group id, with what is known of their ways back."""
    link, integration, folder = m.DiskGroupIntegration, m.Integration, m.RootFolder
    unreachable = (
        select(func.array_agg(aggregate_order_by(folder.path, folder.path)))
        .where(folder.integration_id == integration.id, folder.accessible.is_(False))
        .scalar_subquery()
    )
    columns = (integration.id, integration.name, integration.type, integration.enabled)
    found = await conn.execute(
        select(
            link.disk_group_id,
            *columns,
            integration.recycle_bin,
            integration.recycle_bin_days,
            unreachable.label("unreachable"),
        )
        .join(integration, integration.id == link.integration_id)
        .where(integration.removed_at.is_(None))
        .order_by(integration.id)
    )
    by_group: dict[int, list[AnyRow]] = defaultdict(list)
    for row in found:
        by_group[row.disk_group_id].append(row)
    return by_group


async def lock_group(tx: AsyncConnection, group_id: int) -> AnyRow | None:
    """One group, held: the deleter reads the mode in the transaction that claims a job, and must wait for ours."""
    return (await tx.execute(select(_TABLE).where(_TABLE.c.id == group_id).with_for_update())).one_or_none()


async def save_group(tx: AsyncConnection, group_id: int, columns: dict[str, Any], now: datetime) -> AnyRow:
    """Store the owner's settings; answers the row as it is now."""
    saved = update(m.DiskGroup).where(m.DiskGroup.id == group_id).values(**columns, updated_at=now)
    return (await tx.execute(saved.returning(*_TABLE.columns))).one()


async def drop_sunset_items(tx: AsyncConnection, group_id: int) -> Sequence[AnyRow]:
    """Take every item of the group out of the countdown; answers name and type of each."""
    item = m.SunsetItem
    gone = delete(item).where(item.disk_group_id == group_id).returning(item.media_name, item.media_type)
    return (await tx.execute(gone)).all()
