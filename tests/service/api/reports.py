"""Reports of what nobody watches, asked of the database without a gateway."""

import json
from datetime import timedelta
from typing import Any

from services.api.analytics import queries
from tests.service.api.watched import Library


async def dead(library: Library, **wanted: Any) -> dict[str, Any]:
    """The report, of 90 days unless told otherwise."""
    return await _asked(library, queries.dead_content, **{"days": 90, **wanted})


async def stale(library: Library, **wanted: Any) -> dict[str, Any]:
    """The report, of 180 days unless told otherwise."""
    return await _asked(library, queries.stale_content, **{"days": 180, **wanted})


async def _asked(
    library: Library, query: Any, *, days: int, group: int | None = None, limit: int = 1000, offset: int = 0
) -> dict[str, Any]:
    part = queries.Part(group, limit, offset)
    async with library.db.connect() as conn:
        text = await query(conn, part, days, library.now, library.now - timedelta(hours=48))
    return dict(json.loads(text))
