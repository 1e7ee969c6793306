"""Connects the demonstration's upstreams: what a person would type into the settings, done once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.preview import mark_scores_outdated
from libs.common.security.secrets import SealError, SecretBox

DELETIONS_PER_MINUTE = 600
"""So that a demonstration of thirty deletions takes seconds; the product's own default is one a second."""
GRACE_PERIOD_S = 10


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    type: str
    url: str
    api_key: str | None
    """None when no key of ours opens it."""


async def connect_instances(url: str, box: SecretBox, instances: list[dict[str, Any]]) -> None:
    """Add what is missing, and follow the simulator when its address changed. Settings of the owner stay."""
    db = Database(url, pool_size=1)
    try:
        async with db.begin() as tx:
            known = await _known(tx, box)
            if not known:
                await tx.execute(update(m.Preferences).values(deletion_queue_delay_seconds=GRACE_PERIOD_S))
            for instance in instances:
                await _connect(tx, known, instance, box)
    finally:
        await db.dispose()


async def _known(tx: AsyncConnection, box: SecretBox) -> list[_Known]:
    row = m.Integration
    rows = await tx.execute(select(row.id, row.type, row.url, row.api_key))
    return [_Known(found.id, str(found.type), found.url, _opened(box, found.api_key)) for found in rows]


def _opened(box: SecretBox, sealed: bytes) -> str | None:
    try:
        return box.open(sealed)
    except SealError:
        return None


async def _connect(tx: AsyncConnection, known: list[_Known], instance: dict[str, Any], box: SecretBox) -> None:
    """A row is the instance's own by its key, whatever its owner calls it now, or by its address."""
    key, url, now = instance["apiKey"], instance["url"], real_now()
    own = next((row for row in known if row.type == instance["type"] and (row.api_key == key or row.url == url)), None)
    if own is None:
        await tx.execute(insert(m.Integration).values(**_row(instance, box, now)))
        await mark_scores_outdated(tx)
    elif (own.url, own.api_key) != (url, key):
        mine = m.Integration.id == own.id
        await tx.execute(update(m.Integration).where(mine).values(url=url, api_key=box.seal(key), updated_at=now))


def _row(instance: dict[str, Any], box: SecretBox, now: datetime) -> dict[str, Any]:
    return {
        "type": instance["type"],
        "name": instance["name"],
        "url": instance["url"],
        "api_key": box.seal(instance["apiKey"]),
        "deletions_per_minute": DELETIONS_PER_MINUTE,
        "created_at": now,
        "updated_at": now,
    }


async def has_owner(url: str) -> bool:
    """Whether somebody has logged in before."""
    db = Database(url, pool_size=1)
    try:
        async with db.connect() as conn:
            return bool((await conn.execute(select(func.count()).select_from(m.User))).scalar_one())
    finally:
        await db.dispose()
