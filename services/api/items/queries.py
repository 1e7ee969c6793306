"""All SQL about single items of the catalogue."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m


async def has_item(conn: AsyncConnection, integration_id: int, external_id: str) -> bool:
    """Whether the catalogue holds it, with an integration that is enabled."""
    item, integration = m.MediaItem, m.Integration
    found = exists().where(
        item.integration_id == integration_id,
        item.external_id == external_id,
        integration.id == item.integration_id,
        integration.enabled,
        integration.removed_at.is_(None),
    )
    return bool((await conn.execute(select(found))).scalar_one())
