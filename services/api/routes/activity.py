"""Activity: the newest entries of the feed."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.api import paging
from services.api.change import Reading
from services.api.compat import wants_reference
from services.api.errors import describe
from services.api.records import queries
from services.api.records.reference_feed import with_reference_members
from services.api.records.wire import Activity
from services.api.rows_as_json import json_text, listed

router = APIRouter(prefix="/activity", tags=["Activity Events"])


@router.get("/recent", responses=listed(Activity) | describe(), response_class=JSONResponse)
async def recent(request: Request, conn: Reading, limit: str | None = None) -> Response:
    """Durable events of the last 7 days, newest first."""
    feed = await queries.recent_activity(conn, paging.limit(limit, 5, 100))
    return json_text(with_reference_members(feed) if wants_reference(request) else feed)
