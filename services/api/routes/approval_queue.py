"""Approval queue: what the engine or a person proposes to delete, and what a person says to it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.api import paging
from services.api.approvals import actions, approve, queries
from services.api.approvals.wire import (
    ApprovalEntry,
    ApprovedGroup,
    ClearedList,
    CollectionName,
    Dismissed,
    RejectedGroup,
)
from services.api.change import Changing, Reading
from services.api.compat import wants_reference
from services.api.errors import describe
from services.api.idempotency.route import ChangingRoute
from services.api.rows import AnyRow
from services.api.rows_as_json import json_text, listed
from services.api.wire import MAX_INT, Id, Text

router = APIRouter(prefix="/approval-queue", tags=["Approval Queue"], route_class=ChangingRoute)

_DEFAULT_LIMIT, _MAX_LIMIT = 200, 2000


def _shown(row: AnyRow, request: Request) -> ApprovalEntry:
    return ApprovalEntry.of_row(row, reference=wants_reference(request))


@router.get("", responses=listed(ApprovalEntry) | describe(400), response_class=JSONResponse)
async def list_entries(
    request: Request,
    conn: Reading,
    status: Annotated[Text | None, Query()] = None,
    limit: str | None = None,
    disk_group_id: str | None = None,
) -> Response:
    """The newest first. `status`: pending, approved or rejected (snoozed); an unknown one lists nothing."""
    return json_text(
        await queries.entries(
            conn,
            status=status or None,
            disk_group_id=paging.positive(disk_group_id),
            limit=paging.limit(limit, _DEFAULT_LIMIT, _MAX_LIMIT),
            reference=wants_reference(request),
        )
    )


@router.post("/clear", responses=describe())
async def clear(change: Changing) -> ClearedList:
    """Remove everything that waits or is snoozed. What is approved stays; cancel it in the deletion queue."""
    return ClearedList(cleared=await actions.clear(change))


@router.post("/group/approve", responses=describe(400, 404, 409), response_model_exclude_none=True)
async def approve_group(request: Request, body: CollectionName, change: Changing) -> ApprovedGroup:
    """Approve a whole collection, or nothing of it: 409 names what stands in the way."""
    rows = await approve.approve_collection(change, body.collection_group)
    return ApprovedGroup(approved=len(rows), items=[_shown(row, request) for row in rows])


@router.post("/group/reject", responses=describe(400, 404), response_model_exclude_none=True)
async def reject_group(request: Request, body: CollectionName, change: Changing) -> RejectedGroup:
    """Snooze all of a collection that waits."""
    rows = await actions.reject_collection(change, body.collection_group)
    return RejectedGroup(rejected=len(rows), items=[_shown(row, request) for row in rows])


@router.post("/{entry_id}/approve", responses=describe(400, 404, 409), response_model_exclude_none=True)
async def approve_entry(
    request: Request,
    entry_id: Id,
    change: Changing,
    version: Annotated[int | None, Query(ge=1, le=MAX_INT)] = None,
) -> ApprovalEntry:
    """Queue its deletion. With `version` only if it is still about the facts of that version (409 otherwise)."""
    return _shown(await approve.approve_one(change, entry_id, version), request)


@router.post("/{entry_id}/reject", responses=describe(400, 404), response_model_exclude_none=True)
async def reject_entry(request: Request, entry_id: Id, change: Changing) -> ApprovalEntry:
    """Leave the item alone for `snoozeDurationHours`."""
    return _shown(await actions.reject_one(change, entry_id), request)


@router.post("/{entry_id}/unsnooze", responses=describe(400, 404, 409), response_model_exclude_none=True)
async def unsnooze_entry(request: Request, entry_id: Id, change: Changing) -> ApprovalEntry:
    """End a snooze before its time."""
    return _shown(await actions.unsnooze(change, entry_id), request)


@router.delete("/{entry_id}", responses=describe(400, 404))
async def dismiss_entry(entry_id: Id, change: Changing) -> Dismissed:
    """Remove an entry that waits or is snoozed. A next run may list its item again."""
    await actions.dismiss(change, entry_id)
    return Dismissed()
