"""The rows that must exist from the start: singletons and default weights. Existing rows are never touched."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.factors import DEFAULT_WEIGHTS


async def seed_rows(tx: AsyncConnection) -> None:
    """Insert what is missing. Safe to repeat; an owner's own values stay."""
    for single in (m.Preferences, m.LifetimeStats, m.PreviewState, m.EnrichmentState):
        await tx.execute(insert(single).values(id=1).on_conflict_do_nothing())
    weights = [{"factor_key": key, "weight": weight} for key, weight in DEFAULT_WEIGHTS.items()]
    await tx.execute(insert(m.FactorWeight).on_conflict_do_nothing(), weights)
