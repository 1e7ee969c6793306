"""Monthly partitions of the tables that only ever grow at one end."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MONTHLY = {
    "activity_events": "created_at",
    "library_history": "timestamp",
    "notification_deliveries": "created_at",
    "outbox": "created_at",
}
"""Table to its partition column. Each also has a default partition: no insert ever fails for want of a month."""

_AHEAD = 2


async def ensure_partitions(tx: AsyncConnection, today: date) -> list[str]:
    """Create this month's partitions and those of the next two; answers the names created. Safe to repeat.

    A month whose rows already went into the default partition (the clock jumped) is left there.
    """
    created = []
    for table, column in MONTHLY.items():
        for offset in range(_AHEAD + 1):
            first, after = _month(today, offset), _month(today, offset + 1)
            name = f"{table}_{first:%Y_%m}"
            if await _taken(tx, name, table, column, (first, after)):
                continue
            await tx.execute(
                text(f"create table {name} partition of {table} for values from ('{first}') to ('{after}')")
            )
            created.append(name)
    return created


async def drop_month(tx: AsyncConnection, table: str, month: date) -> None:
    """Drop one month's partition of `table` with everything in it; a month that does not exist is no error."""
    if table not in MONTHLY:
        raise ValueError(f"{table} is not partitioned by month")
    await tx.execute(text(f"drop table if exists {table}_{month:%Y_%m}"))


async def _taken(tx: AsyncConnection, name: str, table: str, column: str, month: tuple[date, date]) -> bool:
    if (await tx.execute(text("select to_regclass(:name)"), {"name": name})).scalar_one() is not None:
        return True
    stray = text(
        f'select exists (select from {table}_default where "{column}" >= :first and "{column}" < :after)'  # noqa: S608  both names are constants above
    )
    return bool((await tx.execute(stray, {"first": month[0], "after": month[1]})).scalar_one())


def _month(day: date, offset: int) -> date:
    months = day.year * 12 + day.month - 1 + offset
    return date(months // 12, months % 12 + 1, 1)
