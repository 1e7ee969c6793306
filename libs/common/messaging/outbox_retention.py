"""How long the outbox remembers: what was published goes by whole months, so that nothing is deleted row by row."""

import re
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.partitions import drop_month

_TABLE = "outbox"
_MONTH = re.compile(rf"{_TABLE}_(\d{{4}})_(\d{{2}})")
_PARTITIONS = text(
    "select relname from pg_inherits join pg_class on oid = inhrelid where inhparent = 'outbox'::regclass"
)
_UNPUBLISHED = text(
    "select exists (select from outbox where published_at is null and created_at >= :first and created_at < :after)"
)


async def drop_published_months(tx: AsyncConnection, today: date) -> list[date]:
    """Drop the months before the last one; answers their first days. A month with an unpublished row stays."""
    this_month = today.replace(day=1)
    last_month = (this_month - timedelta(days=1)).replace(day=1)
    dropped = []
    for name in (await tx.execute(_PARTITIONS)).scalars().all():
        month = _month_of(name)
        if month is None or month >= last_month or await _is_needed(tx, month):
            continue
        await drop_month(tx, _TABLE, month)
        dropped.append(month)
    return sorted(dropped)


def _month_of(partition: str) -> date | None:
    found = _MONTH.fullmatch(partition)
    return date(int(found[1]), int(found[2]), 1) if found else None


async def _is_needed(tx: AsyncConnection, month: date) -> bool:
    after = (month + timedelta(days=31)).replace(day=1)
    bounds = {"first": _midnight(month), "after": _midnight(after)}
    return bool((await tx.execute(_UNPUBLISHED, bounds)).scalar_one())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
