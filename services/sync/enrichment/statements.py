"""Runs the steps of a merge: statements without parameters of their own, or with the merge's."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_FOR_MANY_ROWS = ("analyze ", "create index ")


def for_few_rows(statements: Iterable[str]) -> list[str]:
    """Without the indexes and statistics that only many rows are worth: each statement takes its time."""
    return [statement for statement in statements if not statement.startswith(_FOR_MANY_ROWS)]


async def run_all(tx: AsyncConnection, statements: Iterable[str], parameters: Mapping[str, Any] | None = None) -> None:
    """Every statement in order; each gets those parameters it names."""
    for statement in statements:
        named = {name: value for name, value in (parameters or {}).items() if f":{name}" in statement}
        await tx.execute(text(statement), named)
