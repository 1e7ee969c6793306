"""All SQL behind the engine's answers that no other room of it has."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from services.engine.rules.compile import StoredRule


async def enabled_rule(conn: AsyncConnection, rule_id: int) -> StoredRule | None:
    """The rule as it is compiled; None when there is none or it is switched off."""
    rule = m.CustomRule
    columns = (rule.id, rule.integration_id, rule.field, rule.operator, rule.value, rule.effect)
    row = (await conn.execute(select(*columns).where(rule.id == rule_id, rule.enabled))).one_or_none()
    return None if row is None else StoredRule(*row)
