"""Audit log: what was deleted, simulated or cancelled. There is no way to write here."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.api import paging
from services.api.change import Reading
from services.api.compat import wants_reference
from services.api.errors import describe
from services.api.records import queries
from services.api.records.grouping import grouped
from services.api.records.queries import SORTABLE, AuditFilter
from services.api.records.wire import AuditEntry, AuditPage, GroupedShow, GroupedSingle
from services.api.rows_as_json import described, json_text, listed
from services.api.wire import MAX_INT, Moment, Text

router = APIRouter(prefix="/audit-log", tags=["Audit Log"])

Word = Annotated[Text | None, Query()]
Number = Annotated[int | None, Query(ge=1, le=MAX_INT)]


@router.get("", responses=described(AuditPage) | describe(400), response_class=JSONResponse)
async def page(  # noqa: PLR0913, PLR0917  one parameter per query member of the contract
    request: Request,
    conn: Reading,
    limit: str | None = None,
    offset: str | None = None,
    action: Word = None,
    search: Word = None,
    sort_by: str | None = None,
    sort_dir: str | None = None,
    trigger: Word = None,
    run_id: Number = None,
    integration_id: Number = None,
    disk_group_id: Number = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> Response:
    """Entries by page, from `since` to before `until`.

    Unknown sort words mean the default, an unknown action or trigger fits nothing. An integration or a disk group that
    is gone can still be asked for.
    """
    wanted = AuditFilter(
        action=action,
        search=search,
        trigger=trigger,
        run_id=run_id,
        integration_id=integration_id,
        disk_group_id=disk_group_id,
        since=since,
        until=until,
        sort_by=sort_by if sort_by in SORTABLE else "created_at",
        descending=sort_dir != "asc",
        reference=wants_reference(request),
    )
    rows, skipped = paging.limit(limit, 20, 1000), paging.offset(offset)
    data = await queries.audit_entries(conn, wanted, rows, skipped)
    total = await queries.count_entries(conn, wanted)
    return json_text(f'{{"data":{data},"total":{total},"limit":{rows},"offset":{skipped}}}')


@router.get("/recent", responses=listed(AuditEntry) | describe(), response_class=JSONResponse)
async def recent(request: Request, conn: Reading, limit: str | None = None) -> Response:
    """The newest entries."""
    wanted = AuditFilter(reference=wants_reference(request))
    return json_text(await queries.audit_entries(conn, wanted, paging.limit(limit, 5, 100)))


@router.get(
    "/grouped", responses=described(list[GroupedShow | GroupedSingle]) | describe(), response_class=JSONResponse
)
async def by_show(request: Request, conn: Reading, limit: str | None = None) -> Response:
    """The newest entries, seasons and episodes grouped by show. `limit` counts entries, not groups."""
    wanted = AuditFilter(reference=wants_reference(request), with_evidence=False)
    entries = json.loads(await queries.audit_entries(conn, wanted, paging.limit(limit, 200, 2000)))
    return JSONResponse(grouped(entries))
