"""Everything a scoring or a run needs to know besides the catalogue: read together, handed down as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.gone import GONE
from libs.common.domain.enums import ACTIVE_JOB_STATES, ApprovalStatus, Capability, FactorKey, IntegrationType
from libs.common.domain.safety import ALL_SAFE, SafetySettings
from libs.common.domain.tellers import TELLERS
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
    safety: SafetySettings = ALL_SAFE


async def load_facts(conn: AsyncConnection, now: datetime) -> Facts:
    """Read everything within the caller's transaction."""
    preferences = (await conn.execute(select(*m.Preferences.__table__.columns))).one()
    state = (await conn.execute(select(m.PreviewState.wanted_revision, m.PreviewState.wanted_scoring))).one()
    safety = SafetySettings.of(preferences._asdict())
    return Facts(
        now=now,
        preferences=preferences,
        safety=safety,
        weights={row.factor_key: row.weight for row in await conn.execute(_WEIGHTS)},
        rules=[StoredRule(*row) for row in await conn.execute(_RULES)],
        sources=await _sources(conn),
        guards=Guards(
            min_file_age_days=safety.min_file_age_days,
            evidence_max_age_hours=safety.evidence_max_age_hours,
            evidence_min_weight_pct=safety.evidence_min_weight_pct,
            snoozed=await _snoozed(conn, now),
            active=await _active(conn),
            gone=await _gone(conn),
            returned=await _returned(conn, now - timedelta(days=safety.boomerang_days)),
            told_at=await _told_at(conn),
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


async def _told_at(conn: AsyncConnection) -> dict[Capability, datetime | None]:
    """Since when each capability is known that an enabled source can tell; None while one of them never has."""
    pairs = [(each.value, kind.value) for each, kinds in TELLERS.items() for kind in kinds]
    capabilities, types = [each for each, _ in pairs], [kind for _, kind in pairs]
    rows = await conn.execute(_TOLD_AT, {"capabilities": capabilities, "types": types})
    return {Capability(row.capability): row.oldest if row.is_told else None for row in rows}


_TOLD_AT = text(
    """
    with tellers as (
        select c.capability, g.id
          from unnest(cast(:capabilities as text[]), cast(:types as text[])) c(capability, type)
          join integrations g on g.type = c.type and g.enabled and g.removed_at is null
    )
    select t.capability, min(least(r.complete_at, l.complete_at)) as oldest,
           bool_and(r.complete_at is not null and (titles.id is null or l.complete_at is not null)) as is_told
      from tellers t
      left join tellers titles on titles.id = t.id and titles.capability = 'titles'
      left join source_readings r on r.integration_id = t.id and r.capability = t.capability
      left join source_readings l on l.integration_id = titles.id and l.capability = titles.capability
     group by t.capability
    """
)
"""What hangs on titles of its own source is known no longer than they are."""


async def _snoozed(conn: AsyncConnection, now: datetime) -> set[tuple[int, str]]:
    row = m.ApprovalItem
    rows = await conn.execute(
        select(row.integration_id, row.external_id).where(
            row.status == ApprovalStatus.REJECTED, or_(row.snoozed_until.is_(None), row.snoozed_until > now)
        )
    )
    return {(found.integration_id, found.external_id) for found in rows}


async def _returned(conn: AsyncConnection, since: datetime) -> set[tuple[int, str]]:
    """Items that we deleted and that have come back since then, by the ids they have now (S-18)."""
    row = m.DepartedItem
    rows = await conn.execute(select(row.integration_id, row.returned_as).where(row.returned_at > since))
    return {(found.integration_id, found.returned_as) for found in rows}


async def _active(conn: AsyncConnection) -> set[tuple[int, str]]:
    """Targets that somebody is already at: a job in any active state, or an approval that stands."""
    job, approval = m.DeletionJob, m.ApprovalItem
    jobs = select(job.integration_id, job.external_id).where(job.state.in_(ACTIVE_JOB_STATES))
    approved = select(approval.integration_id, approval.external_id).where(approval.status == ApprovalStatus.APPROVED)
    return {(found.integration_id, found.external_id) for found in await conn.execute(jobs.union(approved))}


async def _gone(conn: AsyncConnection) -> set[tuple[int, str]]:
    """Targets that were deleted after the source had been asked for what the catalogue still shows of them."""
    return {(found.integration_id, found.external_id) for found in await conn.execute(_GONE)}


_GONE = text(
    f"""
    select i.integration_id, i.external_id
      from deletion_jobs j
      join media_items i on i.integration_id = j.integration_id and i.external_id = j.external_id
     where {GONE}
    """  # noqa: S608  a constant
)
