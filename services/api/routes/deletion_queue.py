"""Deletion queue: what waits to be deleted, and how to stop it."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from libs.common.deletions.grace import grace_state
from services.api.change import Changing, Parts, Reading
from services.api.compat import wants_reference
from services.api.deletion_queue import actions, queries
from services.api.deletion_queue.wire import (
    Ambiguous,
    Cancelled,
    Cleared,
    GracePeriod,
    JobAddress,
    QueuedJob,
    Snoozed,
)
from services.api.errors import describe
from services.api.idempotency.route import ChangingRoute
from services.api.rows_as_json import json_text, listed
from services.api.wire import MAX_INT, Text

router = APIRouter(prefix="/deletion-queue", tags=["Deletion Queue"], route_class=ChangingRoute)

_ERRORS = describe(400, 404) | {409: {"model": Ambiguous}}


def _address(
    body: Annotated[JobAddress | None, Body()] = None,
    media_name: Annotated[Text, Query(alias="mediaName")] = "",
    media_type: Annotated[Text, Query(alias="mediaType")] = "",
    integration_id: Annotated[int | None, Query(alias="integrationId", ge=1, le=MAX_INT)] = None,
    external_id: Annotated[Text, Query(alias="externalId")] = "",
    job_id: Annotated[int | None, Query(alias="id", ge=1, le=MAX_INT)] = None,
) -> JobAddress:
    """The query decides; a body with the same members is the fallback."""
    asked = JobAddress.model_validate(
        {
            "id": job_id,
            "mediaName": media_name,
            "mediaType": media_type,
            "integrationId": integration_id,
            "externalId": external_id,
        }
    )
    is_blank = job_id is None and not media_name and not media_type
    return body if body is not None and is_blank else asked


@router.get("", responses=listed(QueuedJob) | describe(), response_class=JSONResponse)
async def list_jobs(request: Request, conn: Reading) -> Response:
    """Waiting deletions, the next one first. The one being carried out is not among them."""
    return json_text(await queries.waiting_jobs(conn, reference=wants_reference(request)))


@router.delete("", responses=_ERRORS)
async def cancel(address: Annotated[JobAddress, Depends(_address)], change: Changing) -> Cancelled:
    """Cancel one waiting deletion. Those not yet due wait the whole delay again."""
    await actions.cancel(change, address)
    return Cancelled()


@router.post("/snooze", responses=_ERRORS)
async def snooze(address: JobAddress, change: Changing) -> Snoozed:
    """Cancel one waiting deletion and leave its item alone for `snoozeDurationHours`."""
    return Snoozed(snoozed_until=await actions.snooze(change, address))


@router.post("/clear", responses=describe())
async def clear(change: Changing) -> Cleared:
    """Cancel all waiting deletions."""
    return Cleared(cancelled=await actions.clear(change))


@router.get("/grace-period", responses=describe())
async def read_grace_period(gateway: Parts, conn: Reading) -> GracePeriod:
    """How long until the first waiting deletion is due."""
    left = await grace_state(conn, gateway.clock.now())
    return GracePeriod(active=left.is_active, remaining_seconds=left.remaining_s, queue_size=left.waiting)
