"""All SQL behind what the owner may ask about one rule."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from services.api.rows import AnyRow


async def rule_with_type(conn: AsyncConnection, rule_id: int) -> AnyRow | None:
    """The rule, switched on or off, with its integration's type as `service_type`; None when it is not there."""
    rule, integration = m.CustomRule, m.Integration
    found = (
        select(*rule.__table__.columns, integration.type.label("service_type"))
        .join(integration, integration.id == rule.integration_id)
        .where(rule.id == rule_id, integration.removed_at.is_(None))
    )
    return (await conn.execute(found)).one_or_none()
