"""How request bodies come in: JSON whatever they call themselves, and never more than a bound."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.errors import BadInputError, answer

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""Far above any settings file; what is longer is no request of ours."""

_TOO_LONG = BadInputError(f"the body: must not be longer than {MAX_BODY_BYTES} bytes")


class JsonBodies:
    """Reads every body as JSON (curl without a header sends a form type) and refuses one that does not end.

    The type it came with is in `scope["state"]["content_type"]`, for those whose bodies really are something else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": list(scope["headers"])}
        headers = MutableHeaders(scope=scope)
        scope.setdefault("state", {})["content_type"] = headers.get("content-type", "")
        headers["content-type"] = "application/json"
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > MAX_BODY_BYTES:
            await answer(_TOO_LONG)(scope, receive, send)
            return
        counted = _Counted(receive, send)
        await self._app(scope, counted.receive, counted.send)
        if counted.over:
            await answer(_TOO_LONG)(scope, receive, send)


class _Counted:
    """Counts what arrives; beyond the bound the application sees a client that left, and its answer is dropped."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._arrived = 0
        self._answered = False
        self.over = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._arrived += len(message.get("body", b""))
        if self._arrived > MAX_BODY_BYTES and not self._answered:
            self.over = True
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        if self.over:
            return
        self._answered = True
        await self._send(message)
