"""The door of the API: nobody reaches a route, known or not, whom it does not concern."""

from collections.abc import Mapping

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api.auth import rate_limits
from services.api.auth.access import LIMITED, PUBLIC, SESSION_ONLY, carries_token
from services.api.auth.credentials import Credential, UnusableAuthorizationError, deciding
from services.api.auth.principal import Principal
from services.api.auth.sessions import authenticate
from services.api.errors import ApiError, TooManyError, UnauthenticatedError, answer
from services.api.gateway import Gateway

log = structlog.get_logger(__name__)

REQUIRED = "authentication required"


class AccessGate:
    """Checks credentials and rate limits in front of routing, so that an unknown path tells a stranger nothing."""

    def __init__(self, app: ASGIApp, gateway: Gateway, api_root: str) -> None:
        self._app = app
        self._gateway = gateway
        self._root = api_root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._concerns_api(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            principal = await self._admit(Request(scope))
        except ApiError as exc:
            await answer(exc)(scope, receive, send)
            return
        scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)

    def _concerns_api(self, path: str) -> bool:
        return path == self._root or path.startswith(f"{self._root}/")

    async def _admit(self, request: Request) -> Principal | None:
        call = (request.method, request.scope["path"].removeprefix(self._root))
        principal = None
        if call not in PUBLIC and not carries_token(*call):
            principal = await self._principal(request)
            if call in SESSION_ONLY and not principal.is_session:
                raise UnauthenticatedError("an API key cannot change credentials; log in")
        if call in LIMITED:
            await self._count(request, call)
        return principal

    async def _principal(self, request: Request) -> Principal:
        credential = self._credential(request)
        if credential is None:
            raise UnauthenticatedError(REQUIRED)
        principal = await authenticate(self._gateway.db, self._gateway.mint, credential)
        if principal is None:
            log.info("credentials refused", means=credential.kind.value, method=request.method)
            raise UnauthenticatedError(f"the {credential.kind} is not valid")
        return principal

    def _credential(self, request: Request) -> Credential | None:
        try:
            return deciding(request.headers, request.query_params, request.cookies, self._proxy_user(request))
        except UnusableAuthorizationError as exc:
            raise UnauthenticatedError(str(exc)) from None

    def _proxy_user(self, request: Request) -> str:
        name = self._gateway.settings.auth_header
        if not name or not self._gateway.proxies.trusts(peer_of(request.scope)):
            return ""
        return request.headers.get(name, "")

    async def _count(self, request: Request, call: tuple[str, str]) -> None:
        rule = LIMITED[call]
        client = self._gateway.proxies.client(peer_of(request.scope), request.headers)
        async with self._gateway.db.begin() as tx:
            wait_s = await rate_limits.take(
                tx,
                rule.bucket,
                client,
                limit=getattr(self._gateway.settings, rule.limit),
                window_s=getattr(self._gateway.settings, rule.window_s),
            )
        if wait_s is not None:
            raise TooManyError("too many requests, try again later", wait_s)


def peer_of(scope: Mapping[str, object]) -> str:
    """The address at the other end of the connection; blank for a unix socket."""
    client = scope.get("client")
    return str(client[0]) if isinstance(client, tuple | list) and client else ""
