"""One event stream over HTTP: first bytes at once, what was missed, then what comes, until one side ends it."""

import asyncio

import structlog
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from services.api.auth.principal import Principal
from services.api.errors import ApiError, answer
from services.api.sse.catch_up import CatchUp
from services.api.sse.client import Client
from services.api.sse.frames import HELLO
from services.api.sse.hub import EventHub
from services.api.sse.writer import StreamWriter

log = structlog.get_logger(__name__)

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class EventStream(Response):
    """The answer of `GET /events`. `requested` is the client's `Last-Event-ID` as it came."""

    media_type = "text/event-stream"

    def __init__(
        self, hub: EventHub, principal: Principal, *, requested: str, types: frozenset[str], reference: bool
    ) -> None:
        super().__init__()
        self._hub = hub
        self._principal = principal
        self._requested = requested
        self._types = types
        self._reference = reference

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream; refusals are ordinary error answers, sent before anything else."""
        try:
            with self._hub.admit(self._principal, types=self._types, reference=self._reference) as client:
                await self._serve(client, scope, receive, send)
        except ApiError as exc:
            await answer(exc)(scope, receive, send)

    async def _serve(self, client: Client, scope: Scope, receive: Receive, send: Send) -> None:
        writer = StreamWriter(send)
        catch_up = CatchUp(self._hub, client, writer, self._requested)
        await send({"type": "http.response.start", "status": 200, "headers": _headers(scope)})
        leaving = asyncio.create_task(_end_with_connection(receive, client))
        try:
            await writer.write(HELLO)
            await catch_up.run()
            while not client.ended:
                await client.something()
                await writer.write(client.take())
            await writer.finish(client.farewell)
        except TimeoutError:
            log.info("event stream cut, a write took too long", user=client.principal.username)
        except asyncio.CancelledError:
            if not client.ended:
                raise
        finally:
            leaving.cancel()


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """`Connection` belongs to HTTP/1.1 only; in HTTP/2 it is an error."""
    return [*_HEADERS, (b"connection", b"keep-alive")] if scope.get("http_version") == "1.1" else _HEADERS


async def _end_with_connection(receive: Receive, client: Client) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    client.cut()
