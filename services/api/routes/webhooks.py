"""Webhooks: upstream systems say what changed. No credentials but the token in the address."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from services.api.change import Parts
from services.api.errors import describe
from services.api.webhooks.receive import admit, ask_for_reads, hint_of

router = APIRouter(prefix="/webhooks", tags=["Webhooks"])

_BODY: dict[str, Any] = {
    "requestBody": {
        "description": "the event as the sender writes it, at most 1 MiB; forms hold it in `payload` or `data`",
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/plain": {"schema": {"type": "string"}},
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": {"payload": {"type": "string"}}}
            },
            "multipart/form-data": {"schema": {"type": "object", "properties": {"payload": {"type": "string"}}}},
        },
    }
}


@router.post(
    "/{integration_id}/{token}",
    response_class=PlainTextResponse,
    response_description="taken, also when the event is of no use; the body is empty",
    responses=describe(400, 404, 429),
    openapi_extra=_BODY,
)
async def receive(integration_id: str, token: str, request: Request, gateway: Parts) -> PlainTextResponse:
    """Take an event in. It makes us read what it is about; nothing in it is believed."""
    who = await admit(gateway, request, integration_id, token)
    await ask_for_reads(gateway, who, await hint_of(gateway, request, who))
    return PlainTextResponse("")
