"""Preview: every item in the order in which it would go, as bytes that were rendered before."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from services.api.change import Parts, Reading
from services.api.compat import wants_reference
from services.api.errors import Described, describe
from services.api.gateway import Gateway
from services.api.preview import queries
from services.api.preview.disk_context import neediest
from services.api.preview.encodings import IDENTITY, already_has
from services.api.preview.reference_body import reference_body
from services.api.preview.rescore import ask_for_new_scores
from services.api.preview.wire import DiskContext, PreviewItem, members
from services.api.rows_as_json import listed

router = APIRouter(prefix="/preview", tags=["Preview"])

_UNCHANGED: Described = {304: {"description": "the client's copy, named by If-None-Match, is current"}}


@router.get("", responses=listed(PreviewItem) | _UNCHANGED | describe(503), response_class=JSONResponse)
async def preview(
    request: Request,
    gateway: Parts,
    force: Annotated[str, Query(description="true: score again first")] = "",
    accept_encoding: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """All scored items, best candidate for deletion first. Waits while scores are being renewed."""
    if force.strip().lower() == "true":
        await ask_for_new_scores(gateway)
    if wants_reference(request):
        return await _reference(gateway)
    served = await gateway.preview.serve(accept_encoding)
    headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
    if served.etag:
        headers["ETag"] = served.etag
        if already_has(if_none_match, served.etag):
            return Response(status_code=304, headers=headers)
    if served.encoding != IDENTITY:
        headers["Content-Encoding"] = served.encoding
    return Response(served.body, media_type="application/json", headers=headers)


@router.get("/context", responses=describe())
async def context(conn: Reading) -> DiskContext | None:
    """The disk group with most bytes to free; null without a group of known size."""
    disk = neediest(await queries.disks(conn))
    if disk is None:
        return None
    return DiskContext(
        total_bytes=disk.total_bytes,
        used_bytes=disk.used_bytes,
        target_pct=disk.target_pct,
        threshold_pct=disk.threshold_pct,
        bytes_to_free=disk.bytes_to_free,
    )


async def _reference(gateway: Gateway) -> Response:
    served = await gateway.preview.serve(IDENTITY)
    async with gateway.db.connect() as conn:
        shown = members(await context(conn))
    return StreamingResponse(reference_body(served.body, shown), media_type="application/json")
