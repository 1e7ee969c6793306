"""The correlation id: one thread through HTTP requests, messages and upstream calls."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_ACCEPTED = re.compile(r"[A-Za-z0-9._:\-]{1,64}")
_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> str | None:
    """The id of the work at hand; None outside of any."""
    return _current.get()


def new_correlation_id() -> str:
    """16 random hex characters."""
    return secrets.token_hex(8)


@contextmanager
def bind_correlation(value: str | None = None) -> Iterator[str]:
    """Work on behalf of `value`, or of a new id, until the block ends."""
    bound = value if value and _ACCEPTED.fullmatch(value) else new_correlation_id()
    token = _current.set(bound)
    try:
        yield bound
    finally:
        _current.reset(token)


class CorrelationMiddleware:
    """Takes the id a client sent (when it is short and printable) or makes one, and echoes it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with bind_correlation(Headers(scope=scope).get(HEADER)) as bound:

            async def echo(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message)[HEADER] = bound
                await send(message)

            await self.app(scope, receive, echo)
