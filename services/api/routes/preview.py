"""Preview: every item in the order in which it would go, as bytes that were rendered before, whole or by pages."""

from collections.abc import AsyncIterator, Iterable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from libs.common.preview.encodings import IDENTITY
from services.api.change import Parts, Reading
from services.api.compat import wants_reference
from services.api.errors import Described, describe
from services.api.gateway import Gateway
from services.api.preview import queries
from services.api.preview.disk_context import neediest
from services.api.preview.encodings import already_has, choose
from services.api.preview.page import page
from services.api.preview.paging import DEFAULT_LIMIT, MAX_LIMIT, Wish, wish
from services.api.preview.reference_body import reference_body
from services.api.preview.rescore import ask_for_new_scores
from services.api.preview.truth import Ready
from services.api.preview.wire import DiskContext, PreviewItem, members
from services.api.rows_as_json import listed

router = APIRouter(prefix="/preview", tags=["Preview"])

TOTAL, NEXT = "X-Total-Count", "X-Next-Cursor"

_JSON = "application/json"
_SHARED = {"Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
_EMPTY = b"[]"
_UNCHANGED: Described = {304: {"description": "the client's copy, named by If-None-Match, is current"}}

_Limit = Annotated[str | None, Query(description=f"items of a page, {DEFAULT_LIMIT} unless given, {MAX_LIMIT} at most")]
_Offset = Annotated[str | None, Query(description="items to skip")]
_Cursor = Annotated[str | None, Query(description=f"where a page begins: the former page's `{NEXT}`")]
_Search = Annotated[str | None, Query(description="part of the title of the item or its show")]
_Group = Annotated[str | None, Query(description="only items on this disk group")]
_Integration = Annotated[str | None, Query(description="only items of this integration")]


@router.get("", responses=listed(PreviewItem) | _UNCHANGED | describe(400, 503), response_class=JSONResponse)
async def preview(  # noqa: PLR0913, PLR0917  one parameter per query member and header
    request: Request,
    gateway: Parts,
    force: Annotated[str, Query(description="true: score again first")] = "",
    limit: _Limit = None,  # noqa: ARG001  this and the following are read together, as the client gave them
    offset: _Offset = None,  # noqa: ARG001
    cursor: _Cursor = None,  # noqa: ARG001
    search: _Search = None,  # noqa: ARG001
    disk_group_id: _Group = None,  # noqa: ARG001
    integration_id: _Integration = None,  # noqa: ARG001
    accept_encoding: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """All scored items, best candidate for deletion first. Waits while scores are being renewed.

    With any of the parameters but `force` it answers a page in the same shape. `X-Total-Count` tells how many items
    there are to page through, `X-Next-Cursor` where the next page begins; it is missing on the last one.
    """
    wanted = wish(request.query_params)
    if force.strip().lower() == "true":
        await ask_for_new_scores(gateway)
    ready = await gateway.truth.ready()
    if wants_reference(request):
        return await _reference(gateway, ready, wanted)
    if ready is None:
        return Response(_EMPTY, media_type=_JSON, headers=_SHARED | {TOTAL: "0"})
    if wanted is not None:
        return await _page(gateway, ready, wanted, accept_encoding, if_none_match)
    return await _whole(gateway, ready, accept_encoding, if_none_match)


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


async def _whole(gateway: Gateway, ready: Ready, accept_encoding: str | None, if_none_match: str | None) -> Response:
    key = ready.bodies[choose(accept_encoding, ready.bodies)]
    headers = _SHARED | {"ETag": key.etag, TOTAL: str(ready.item_count)}
    if already_has(if_none_match, key.etag):
        return Response(status_code=304, headers=headers)
    pieces = await gateway.preview.pieces(ready, key)
    headers["Content-Length"] = str(key.size_bytes)
    if key.encoding == IDENTITY:  # unpacked by a thread, a piece at a time
        return StreamingResponse(pieces, media_type=_JSON, headers=headers)
    headers["Content-Encoding"] = key.encoding
    return StreamingResponse(_at_hand(pieces), media_type=_JSON, headers=headers)


async def _at_hand(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """What needs no thread to be made."""
    for piece in pieces:
        yield piece


async def _page(
    gateway: Gateway, ready: Ready, wanted: Wish, accept_encoding: str | None, if_none_match: str | None
) -> Response:
    found = await page(gateway.db, ready, wanted, accept_encoding)
    headers = _SHARED | {"ETag": found.etag, TOTAL: str(found.total)}
    if found.next_cursor is not None:
        headers[NEXT] = str(found.next_cursor)
    if already_has(if_none_match, found.etag):
        return Response(status_code=304, headers=headers)
    if found.encoding != IDENTITY:
        headers["Content-Encoding"] = found.encoding
    return Response(found.body, media_type=_JSON, headers=headers)


async def _reference(gateway: Gateway, ready: Ready | None, wanted: Wish | None) -> Response:
    pieces: Iterable[bytes] = [_EMPTY]
    if ready is not None and wanted is not None:
        pieces = [(await page(gateway.db, ready, wanted, IDENTITY)).body]
    elif ready is not None:
        pieces = await gateway.preview.pieces(ready, ready.bodies[IDENTITY])
    async with gateway.db.connect() as conn:
        shown = members(await context(conn))
    return StreamingResponse(reference_body(pieces, shown), media_type=_JSON)
