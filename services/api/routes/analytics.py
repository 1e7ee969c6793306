"""Analytics: what nobody watches, and when the disks will be full."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse

from services.api import paging
from services.api.analytics import queries
from services.api.analytics.forecast import NEVER, outlook, used_pct
from services.api.analytics.queries import Part
from services.api.analytics.wire import DeadContent, Forecast, StaleContent
from services.api.change import Noting, Parts, Reading
from services.api.errors import MissingError, describe
from services.api.preferences.queries import load_preferences
from services.api.rows_as_json import described, json_text

router = APIRouter(prefix="/analytics", tags=["Analytics"])

_LOOK_BACK = timedelta(days=30)
_LISTED, _MOST_LISTED = 1000, 10_000


def _part(disk_group_id: str | None = None, limit: str | None = None, offset: str | None = None) -> Part:
    return Part(paging.positive(disk_group_id), paging.limit(limit, _LISTED, _MOST_LISTED), paging.offset(offset))


Wanted = Annotated[Part, Depends(_part)]


@router.get("/dead-content", responses=described(DeadContent) | describe(), response_class=JSONResponse)
async def dead_content(
    change: Noting, part: Wanted, min_days: Annotated[str | None, Query(alias="minDays")] = None
) -> Response:
    """What was never watched in `minDays` since it came (else the preference), largest first.

    Lists 1000 items unless `limit` (up to 10000) and `offset` say otherwise; the counts are of all.
    """
    preferences = await load_preferences(change.tx)
    days = paging.positive(min_days) or preferences.dead_content_min_days
    evidence_since = change.now - timedelta(hours=preferences.evidence_max_age_hours)
    return json_text(await queries.dead_content(change.tx, part, days, change.now, evidence_since))


@router.get("/stale-content", responses=described(StaleContent) | describe(), response_class=JSONResponse)
async def stale_content(
    change: Noting, part: Wanted, stale_days: Annotated[str | None, Query(alias="staleDays")] = None
) -> Response:
    """What nobody watched again for `staleDays` (else the preference), stalest first.

    Lists 1000 items unless `limit` (up to 10000) and `offset` say otherwise; the counts are of all.
    """
    preferences = await load_preferences(change.tx)
    days = paging.positive(stale_days) or preferences.stale_content_days
    evidence_since = change.now - timedelta(hours=preferences.evidence_max_age_hours)
    return json_text(await queries.stale_content(change.tx, part, days, change.now, evidence_since))


@router.get("/forecast", responses=describe(404))
async def forecast(gateway: Parts, conn: Reading, disk_group_id: str | None = None) -> Forecast:
    """Growth of one disk group, by default the fullest, over the last 30 days, and the days that leaves."""
    now, asked_for = gateway.clock.now(), paging.positive(disk_group_id)
    group = await queries.disk_group(conn, asked_for)
    if group is None and asked_for is not None:
        raise MissingError(f"there is no disk group {asked_for}")
    if group is None:
        return _NOTHING
    ahead = outlook(group.disk, await queries.samples(conn, group.id, now, now - _LOOK_BACK))
    return Forecast(
        current_used_pct=used_pct(group.disk),
        growth_rate_per_day=ahead.growth_per_day,
        days_until_threshold=ahead.days_until_threshold,
        days_until_full=ahead.days_until_full,
        total_capacity=group.disk.total_bytes,
        used_capacity=group.disk.used_bytes,
    )


_NOTHING = Forecast(
    current_used_pct=0,
    growth_rate_per_day=0,
    days_until_threshold=NEVER,
    days_until_full=NEVER,
    total_capacity=0,
    used_capacity=0,
)
