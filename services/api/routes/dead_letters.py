"""Deletions that were given up: which, why, and what to do about them."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import JSONResponse

from services.api import paging
from services.api.change import Changing, Reading
from services.api.compat import wants_reference
from services.api.dead_letters import actions, queries
from services.api.dead_letters.wire import Dismissed, FailedPage, Retried, Retry
from services.api.errors import describe
from services.api.idempotency.route import ChangingRoute
from services.api.rows_as_json import described, json_text
from services.api.wire import Id

router = APIRouter(prefix="/deletion-queue/failed", tags=["Deletion Queue"], route_class=ChangingRoute)


@router.get("", responses=described(FailedPage) | describe(), response_class=JSONResponse)
async def list_failed(request: Request, conn: Reading, limit: str | None = None, offset: str | None = None) -> Response:
    """Deletions whose attempts are spent and that nobody has dealt with, the newest failure first."""
    rows, skipped = paging.limit(limit, 50, 1000), paging.offset(offset)
    data = await queries.failed_jobs(conn, rows, skipped, reference=wants_reference(request))
    total = await queries.count_failed(conn)
    return json_text(f'{{"data":{data},"total":{total},"limit":{rows},"offset":{skipped}}}')


@router.post("/{job_id}/retry", responses=describe(400, 404, 409))
async def retry(job_id: Id, change: Changing, body: Annotated[Retry | None, Body()] = None) -> Retried:
    """Queue its item anew, as it is known now. It waits out the grace period and is checked like every deletion."""
    return Retried(mode=await actions.retry(change, job_id, force=body is not None and body.force))


@router.delete("/{job_id}", responses=describe(400, 404, 409))
async def dismiss(job_id: Id, change: Changing) -> Dismissed:
    """Take it off the list without trying again."""
    await actions.dismiss(change, job_id)
    return Dismissed()
