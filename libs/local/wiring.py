"""Connects the demonstration's upstreams: what a person would type into the settings, done once."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.preview import mark_scores_outdated
from libs.common.security.secrets import SecretBox

DELETIONS_PER_MINUTE = 600
"""So that a demonstration of thirty deletions takes seconds; the product's own default is one a second."""
GRACE_PERIOD_S = 10


async def connect_instances(url: str, box: SecretBox, instances: list[dict[str, Any]]) -> None:
    """Add what is missing, and follow the simulator when its port changed. Settings of the owner stay."""
    db = Database(url, pool_size=1)
    try:
        async with db.begin() as tx:
            known = await _known(tx)
            if not known:
                await tx.execute(update(m.Preferences).values(deletion_queue_delay_seconds=GRACE_PERIOD_S))
            for instance in instances:
                await _connect(tx, known, instance, box)
    finally:
        await db.dispose()


async def _known(tx: AsyncConnection) -> dict[tuple[str, str], str]:
    rows = await tx.execute(select(m.Integration.type, m.Integration.name, m.Integration.url))
    return {(str(row.type), row.name): row.url for row in rows}


async def _connect(
    tx: AsyncConnection, known: dict[tuple[str, str], str], instance: dict[str, Any], box: SecretBox
) -> None:
    key, now = (instance["type"], instance["name"]), real_now()
    if key not in known:
        await tx.execute(insert(m.Integration).values(**_row(instance, box, now)))
        await mark_scores_outdated(tx)
    elif known[key] != instance["url"]:
        row = m.Integration
        mine = (row.type == instance["type"]) & (row.name == instance["name"])
        await tx.execute(update(row).where(mine).values(url=instance["url"], updated_at=now))


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
