"""Metrics: how full the disks were."""

from datetime import timedelta

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from libs.common.domain.enums import HistoryResolution
from services.api import paging
from services.api.change import Parts, Reading
from services.api.errors import describe
from services.api.metrics import queries
from services.api.metrics.wire import HistoryEnvelope, HistoryPoint
from services.api.rows_as_json import described, json_text

router = APIRouter(prefix="/metrics", tags=["Metrics"])

_RESOLUTIONS = {resolution.value: resolution for resolution in HistoryResolution}
_SPANS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}


@router.get(
    "/history", responses=described(list[HistoryPoint] | HistoryEnvelope) | describe(), response_class=JSONResponse
)
async def history(
    gateway: Parts,
    conn: Reading,
    resolution: str = HistoryResolution.RAW.value,
    since: str = "",
    disk_group_id: str | None = None,
    envelope: str = "",
) -> Response:
    """The newest 1000 points of one resolution (`raw`, `hourly`, `daily`, `weekly`), oldest first.

    `since` is `1h`, `24h`, `7d` or `30d`; anything else filters nothing. An unknown resolution has no points.
    """
    now, span, known = gateway.clock.now(), _SPANS.get(since), _RESOLUTIONS.get(resolution)
    points = "[]"
    if known is not None:
        wanted = queries.Wanted(known, None if span is None else now - span, paging.positive(disk_group_id))
        points = await queries.newest_points(conn, wanted, now)
    is_wrapped = envelope.strip().lower() == "true"
    return json_text(f'{{"status":"success","data":{points}}}' if is_wrapped else points)
