"""All SQL about idempotency keys: one row per user and key, written in the transaction of the change it is about."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from services.api.idempotency.asked import Asked
from services.api.rows import AnyRow

_TRY_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended(:user_id || ' ' || :key, 2188))")


async def try_lock(tx: AsyncConnection, asked: Asked) -> bool:
    """Whether nobody is at work under this key, over all replicas; then we are until the transaction ends."""
    return bool((await tx.execute(_TRY_LOCK, {"user_id": str(asked.user_id), "key": asked.key})).scalar_one())


async def take(tx: AsyncConnection, asked: Asked, now: datetime, forgotten: datetime) -> bool:
    """Whether the key is new, or its last use is before `forgotten`. It is gone again when the transaction fails."""
    row = m.IdempotencyKey
    new = insert(row).values(user_id=asked.user_id, key=asked.key, request_hash=asked.request_hash, created_at=now)
    taken = await tx.execute(
        new.on_conflict_do_update(
            index_elements=[row.user_id, row.key],
            set_={"request_hash": new.excluded.request_hash, "created_at": now},
            where=row.created_at <= forgotten,
        ).returning(row.id)
    )
    return taken.one_or_none() is not None


async def find(tx: AsyncConnection, asked: Asked) -> AnyRow:
    """What is kept under a key that was not free."""
    row = m.IdempotencyKey
    mine = (row.user_id == asked.user_id, row.key == asked.key)
    return (await tx.execute(select(row.request_hash, row.status, row.headers, row.body).where(*mine))).one()


async def keep(tx: AsyncConnection, asked: Asked, status: int, headers: dict[str, Any], body: bytes | None) -> None:
    """Store the answer beside the change. `body` None: it was too long to be kept."""
    row = m.IdempotencyKey
    mine = (row.user_id == asked.user_id, row.key == asked.key)
    await tx.execute(update(row).where(*mine).values(status=status, headers=headers, body=body))


async def prune(tx: AsyncConnection, forgotten: datetime) -> int:
    """Drop the keys whose last use is before that; answers how many."""
    row = m.IdempotencyKey
    old = select(row.id).where(row.created_at <= forgotten).with_for_update(skip_locked=True)
    return (await tx.execute(delete(row).where(row.id.in_(old)))).rowcount
