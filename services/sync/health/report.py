"""Writes what a read or a probe found out about an integration's health, with its event, in one transaction."""

import random
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.events.integration import IntegrationRecovered, IntegrationTestFailed
from libs.common.messaging.outbox import add_event
from libs.common.preview import mark_scores_outdated
from services.sync.health.rules import Failure, Health, Verdict, after_failure, after_success

_I = m.Integration
_STATE = (
    _I.consecutive_failures,
    _I.last_error,
    _I.last_error_class,
    _I.last_sync,
    _I.down_announced_at,
    _I.next_probe_at,
)


async def report_success(tx: AsyncConnection, integration_id: int, now: datetime) -> Verdict | None:
    """The integration answered as it should. None, and nothing happens, when it was removed meanwhile."""
    row = await _locked(tx, integration_id)
    if row is None:
        return None
    spread = random.random()  # noqa: S311  spreads load, guards nothing
    return await _apply(tx, row, after_success(_health(row), now, spread=spread), now)


async def report_failure(tx: AsyncConnection, integration_id: int, failure: Failure, now: datetime) -> Verdict | None:
    """The integration did not. The third failure in a row announces the outage, once."""
    row = await _locked(tx, integration_id)
    if row is None:
        return None
    well_until = row.last_sync or row.updated_at
    return await _apply(tx, row, after_failure(_health(row), failure, now, well_until=well_until), now)


async def _locked(tx: AsyncConnection, integration_id: int) -> Row[*tuple[Any, ...]] | None:
    found = await tx.execute(
        select(_I.id, _I.type, _I.name, _I.url, _I.updated_at, *_STATE)
        .where(_I.id == integration_id, _I.enabled, _I.removed_at.is_(None))
        .with_for_update()
    )
    return found.one_or_none()


def _health(row: Row[*tuple[Any, ...]]) -> Health:
    return Health(*row[5:])


async def _apply(tx: AsyncConnection, row: Row[*tuple[Any, ...]], verdict: Verdict, now: datetime) -> Verdict:
    await tx.execute(update(_I).where(_I.id == row.id).values(**asdict(verdict.health)))
    if (row.last_error != "") != (verdict.health.last_error != ""):
        await mark_scores_outdated(tx)  # the list says which factors an item goes without because a source fails
    about = {"integration_type": row.type, "name": row.name, "url": _origin(row.url)}
    if verdict.went_down:
        down = IntegrationTestFailed(**about, error=verdict.health.last_error)
        await add_event(tx, down, source="sync", at=now)
    if verdict.recovered:
        await add_event(tx, IntegrationRecovered(integration_id=row.id, **about), source="sync", at=now)
    return verdict


def _origin(url: str) -> str:
    """Scheme, host and port only: a path or user part may hold a secret."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"
