"""All SQL behind the checks of a simulation."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import MEDIA_SOURCE_TYPES
from services.api.simulate.question import Stored


async def stored(conn: AsyncConnection) -> Stored:
    """Reported disk groups with their thresholds, and every integration that a rule can be for."""
    group, integration = m.DiskGroup, m.Integration
    groups = await conn.execute(
        select(group.id, group.threshold_pct, group.target_pct).where(group.stale_since.is_(None))
    )
    libraries = await conn.execute(
        select(integration.id).where(integration.type.in_(MEDIA_SOURCE_TYPES), integration.removed_at.is_(None))
    )
    return Stored(
        thresholds={row.id: (row.threshold_pct, row.target_pct) for row in groups},
        libraries=set(libraries.scalars()),
    )
