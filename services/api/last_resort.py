"""What a client sees when something broke that nobody foresaw: 500 in our envelope, never a trace."""

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

_BODY = {"error": "something went wrong; the log names the reason under this X-Request-ID"}


async def internal_error(request: Request, _exc: Exception) -> JSONResponse:
    """The framework's handler of last resort: it knows the route, and the state is all that the layers share."""
    request.state.failed_route = getattr(request.scope.get("route"), "path", "")
    return JSONResponse(_BODY, 500)


class LastResort:
    """Logs what a route let through, once and redacted. It answers unless an answer has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noticed(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except Exception:
            route = scope.get("state", {}).get("failed_route", "")
            log.exception("request failed", method=scope.get("method"), route=route)
            if not started:
                await JSONResponse(_BODY, 500)(scope, receive, send)
