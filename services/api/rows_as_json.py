"""Long lists as Postgres writes them: one text per answer instead of an object per row (performance guide, REST)."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.errors import Described

TIME = "to_char({0} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
"""SQL for a timestamp as the wire shows it; `{0}` is the column."""

PERCENT = "trim_scale(round((least({0}, 1) * 100)::numeric, 4))"
"""SQL for a stored score as 0 to 100."""

RAW = "{0}"
"""SQL for a stored score as the reference shows it."""


def array_of(members: str, source: str) -> TextClause:
    """A query for one JSON array. `members` are the arguments of json_build_object, null ones are left out.

    `source` follows `from` and yields the rows in their order as `r`. Both are our own text, never a client's.
    """
    return text(
        f"select coalesce(json_agg(json_strip_nulls(json_build_object({members})) order by r.place), '[]')::text"  # noqa: S608  composed of constants
        f" from ({source}) r"
    )


async def fetch_array(conn: AsyncConnection, query: TextClause, values: dict[str, Any]) -> str:
    """The JSON text of the array; `[]` when there are no rows."""
    return str((await conn.execute(query, values)).scalar_one())


def json_text(body: str) -> Response:
    """An answer that is JSON already."""
    return Response(body, media_type="application/json")


def listed(model: type[BaseModel]) -> Described:
    """The OpenAPI description of an array that Postgres writes."""
    return {200: {"model": list[model]}}  # type: ignore[valid-type]  # the type is only known at run time


def described(model: Any) -> Described:
    """The OpenAPI description of another answer that a route writes itself."""
    return {200: {"model": model}}
