"""Takes events in: who may send them, what they hint at, and the reads that they ask for."""

import asyncio
from datetime import UTC, datetime

import structlog
from starlette.requests import ClientDisconnect, Request

from libs.common.messaging.work import RefreshTargets
from libs.common.refresh import request_refresh
from services.api.auth import rate_limits
from services.api.auth.gate import peer_of
from services.api.change import Change
from services.api.errors import ApiError, BadInputError, MissingError, TooManyError
from services.api.gateway import Gateway
from services.api.webhooks.hint import Hint
from services.api.webhooks.payloads import MAX_PAYLOAD_BYTES, UnreadablePayloadError, payload_of
from services.api.webhooks.queries import Sender, sender
from services.api.webhooks.senders import PARSERS
from services.api.wire import MAX_INT

log = structlog.get_logger(__name__)

_BUCKET = "webhook"
_BODY_WITHIN_S = 10.0
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_REFUSED = "there is no such webhook"


async def admit(gateway: Gateway, request: Request, integration_id: str, token: str) -> Sender:
    """Whose address it is. Raises `MissingError`, always the same one, or `TooManyError`.

    Only refused calls count for the limit: senders behind one address must not lock each other out.
    """
    number = int(integration_id) if integration_id.isascii() and integration_id.isdigit() else 0
    found = None
    if 0 < number <= MAX_INT:
        async with gateway.db.connect() as conn:
            found = await sender(conn, number)
    fits = gateway.webhooks.tokens.fits(token, number, found.created_at if found else _NEVER)
    if found is not None and found.type in PARSERS and fits:
        return found
    gateway.webhooks.count("unknown", "refused")
    raise await _refusal(gateway, request)


async def hint_of(gateway: Gateway, request: Request, who: Sender) -> Hint:
    """What the event says. Raises `BadInputError` for a body that cannot be meant."""
    try:
        payload = await payload_of(request.state.content_type, await _body(request))
    except UnreadablePayloadError as exc:
        gateway.webhooks.count(who.type.value, "malformed")
        raise BadInputError(str(exc)) from None
    return PARSERS[who.type](payload)


async def ask_for_reads(gateway: Gateway, who: Sender, hint: Hint) -> None:
    """Write down what is to be read; whoever reads is told once that stands."""
    outcome = _outcome(who, hint)
    gateway.webhooks.count(who.type.value, outcome)
    log.debug("webhook", integration_id=who.id, outcome=outcome, targets=len(hint.targets))
    if outcome != "accepted":
        return
    async with gateway.db.begin() as tx:
        change = Change(tx, gateway.clock.now())
        # In one order, so that two events about the same things cannot wait for each other.
        news = [await request_refresh(tx, who.id, target, change.now) for target in sorted(hint.targets)]
        if any(news):
            change.nudge(RefreshTargets(integration_id=who.id))
    await change.publish(gateway)


def _outcome(who: Sender, hint: Hint) -> str:
    """What becomes of an event. One about another server than ours comes of an account with several."""
    if hint.is_test:
        return "test"
    if hint.server and who.server_identity and _plain(hint.server) != _plain(who.server_identity):
        return "other_server"
    return "accepted" if hint.targets else "ignored"


def _plain(identity: str) -> str:
    return identity.replace("-", "").lower()


async def _refusal(gateway: Gateway, request: Request) -> ApiError:
    client = gateway.proxies.client(peer_of(request.scope), request.headers)
    settings = gateway.settings
    async with gateway.db.begin() as tx:
        wait_s = await rate_limits.take(
            tx, _BUCKET, client, limit=settings.webhook_refused_limit, window_s=settings.webhook_refused_window_s
        )
    return MissingError(_REFUSED) if wait_s is None else TooManyError("too many requests, try again later", wait_s)


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_WITHIN_S):
            async for piece in request.stream():
                body += piece
                if len(body) > MAX_PAYLOAD_BYTES:
                    raise UnreadablePayloadError(f"the body: must not be longer than {MAX_PAYLOAD_BYTES} bytes")
    except (TimeoutError, ClientDisconnect):
        raise UnreadablePayloadError("the body did not come to its end") from None
    return bytes(body)
