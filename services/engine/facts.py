"""Everything a scoring or a run needs to know besides the catalogue: read together, handed down as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ACTIVE_JOB_STATES, ApprovalStatus, FactorKey, IntegrationType
from services.engine.rules.compile import StoredRule
from services.engine.scoring.applicability import Sources
from services.engine.selection.eligibility import Guards


@dataclass(frozen=True, slots=True)
class Facts:
    """A consistent reading of settings and queues. Failing to read any of it stops the caller (S-25)."""

    now: datetime
    preferences: Row[Any]
    weights: Mapping[FactorKey, int]
    rules: Sequence[StoredRule]
    sources: Sources
    guards: Guards
    revision: int
    scoring: int
    """What the preview state wanted when this was read: changes behind it are not covered."""


async def load_facts(conn: AsyncConnection, now: datetime) -> Facts:
    """Read everything within the caller's transaction."""
    preferences = (await conn.execute(select(*m.Preferences.__table__.columns))).one()
    state = (await conn.execute(select(m.PreviewState.wanted_revision, m.PreviewState.wanted_scoring))).one()
    return Facts(
        now=now,
        preferences=preferences,
        weights={row.factor_key: row.weight for row in await conn.execute(_WEIGHTS)},
        rules=[StoredRule(*row) for row in await conn.execute(_RULES)],
        sources=await _sources(conn),
        guards=Guards(
            min_file_age_days=preferences.min_file_age_days,
            evidence_max_age_hours=preferences.evidence_max_age_hours,
            evidence_min_weight_pct=preferences.evidence_min_weight_pct,
            snoozed=await _snoozed(conn, now),
            active=await _active(conn),
        ),
        revision=state.wanted_revision,
        scoring=state.wanted_scoring,
    )


_WEIGHTS = select(m.FactorWeight.factor_key, m.FactorWeight.weight)
_RULES = (
    select(
        m.CustomRule.id,
        m.CustomRule.integration_id,
        m.CustomRule.field,
        m.CustomRule.operator,
        m.CustomRule.value,
        m.CustomRule.effect,
    )
    .where(m.CustomRule.enabled)
    .order_by(m.CustomRule.sort_order, m.CustomRule.id)
)


async def _sources(conn: AsyncConnection) -> Sources:
    """A type is broken when every enabled integration of it is."""
    integration = m.Integration
    rows = await conn.execute(
        select(integration.type, func.bool_and(integration.last_error != "").label("broken"))
        .where(integration.enabled, integration.removed_at.is_(None))
        .group_by(integration.type)
    )
    states: dict[IntegrationType, bool] = {row.type: row.broken for row in rows}
    return Sources(frozenset(states), frozenset(kind for kind, broken in states.items() if broken))


async def _snoozed(conn: AsyncConnection, now: datetime) -> set[tuple[int, str]]:
    row = m.ApprovalItem
    rows = await conn.execute(
        select(row.integration_id, row.external_id).where(
            row.status == ApprovalStatus.REJECTED, or_(row.snoozed_until.is_(None), row.snoozed_until > now)
        )
    )
    return {(found.integration_id, found.external_id) for found in rows}


async def _active(conn: AsyncConnection) -> set[tuple[int, str]]:
    """Targets that somebody is already at: a job in any active state, or an approval that stands."""
    job, approval = m.DeletionJob, m.ApprovalItem
    jobs = select(job.integration_id, job.external_id).where(job.state.in_(ACTIVE_JOB_STATES))
    approved = select(approval.integration_id, approval.external_id).where(approval.status == ApprovalStatus.APPROVED)
    return {(found.integration_id, found.external_id) for found in await conn.execute(jobs.union(approved))}
