"""SSE: everything that happens, as it happens, and what was missed."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request

from services.api.change import Caller, Parts
from services.api.compat import wants_reference
from services.api.errors import Described, describe
from services.api.sse.stream_response import EventStream

router = APIRouter(tags=["SSE"])

_STREAM: Described = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "endless"}}


@router.get("/events", status_code=200, responses=_STREAM | describe(429, 503), response_class=EventStream)
async def events(
    request: Request,
    caller: Caller,
    gateway: Parts,
    last_event_id: Annotated[str, Header()] = "",
    last_seen: Annotated[str, Query(alias="lastEventId")] = "",
    types: Annotated[str, Query(description="comma list of event types")] = "",
) -> EventStream:
    """Subscribe. Resumes behind `Last-Event-ID` (or `lastEventId`); a `replay_gap` event tells what is lost."""
    wanted = frozenset(part.strip() for part in types.split(",") if part.strip())
    return EventStream(
        gateway.hub,
        caller,
        requested=last_event_id.strip() or last_seen.strip(),
        types=wanted,
        reference=wants_reference(request),
    )
