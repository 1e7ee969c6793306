"""All SQL about runs and holds as the owner sees them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from services.api.rows import AnyRow
from services.api.rows_as_json import TIME, array_of, fetch_array

_RUNS = array_of(
    f"""
    'id', r.id, 'runAt', {TIME.format("r.run_at")}, 'timestamp', {TIME.format("r.run_at")},
    'completedAt', {TIME.format("r.completed_at")}, 'evaluated', r.evaluated, 'flagged', r.candidates,
    'candidates', r.candidates, 'queued', r.queued, 'deleted', r.deleted, 'freedBytes', r.freed_bytes,
    'executionMode', r.execution_mode, 'durationMs', r.duration_ms, 'diskGroupModes', r.disk_group_modes::text,
    'errorMessage', nullif(r.error_message, '')
    """,
    """
    select *, row_number() over (order by run_at, id) as place from (
        select * from engine_runs
         where completed_at is not null and run_at is not null and run_at >= :since
         order by run_at desc, id desc limit 1000
    ) newest
    """,
)


async def completed_runs(conn: AsyncConnection, since: datetime) -> str:
    """Completed runs since then as a JSON array, oldest first."""
    return await fetch_array(conn, _RUNS, {"since": since})


async def open_holds(conn: AsyncConnection) -> Sequence[AnyRow]:
    """Holds in force, newest first; those of removed integrations are gone with them."""
    hold, integration = m.Hold, m.Integration
    found = await conn.execute(
        select(
            hold.id,
            hold.scope,
            hold.code,
            hold.message,
            hold.breaker,
            hold.disk_group_id,
            hold.integration_id,
            hold.details,
            hold.created_at,
        )
        .outerjoin(integration, integration.id == hold.integration_id)
        .where(hold.released_at.is_(None))
        .where(or_(hold.integration_id.is_(None), integration.removed_at.is_(None)))
        .order_by(hold.created_at.desc(), hold.id.desc())
    )
    return found.all()


async def lock_open_hold(tx: AsyncConnection, hold_id: int) -> AnyRow | None:
    """One hold in force, held until the transaction ends."""
    hold = m.Hold
    found = await tx.execute(
        select(hold.id, hold.code, hold.breaker).where(hold.id == hold_id, hold.released_at.is_(None)).with_for_update()
    )
    return found.one_or_none()


async def release_hold(tx: AsyncConnection, hold_id: int, username: str, now: datetime) -> None:
    """End a hold in a person's name."""
    await tx.execute(update(m.Hold).where(m.Hold.id == hold_id).values(released_at=now, released_by=username))
