"""One transaction per request: who commits, and what others hear once it stands."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import Depends, Request
from nats.errors import Error as NatsError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events.base import Event
from libs.common.messaging.outbox import add_event
from libs.common.messaging.work import Work, publish_work
from services.api.auth.principal import Principal
from services.api.errors import UnauthenticatedError
from services.api.gateway import SOURCE, Gateway, gateway_of
from services.api.idempotency import answers
from services.api.idempotency.asked import Key, asked_of

log = structlog.get_logger(__name__)


class Change:
    """A transaction with its business time. Work and transient events leave only after the commit."""

    def __init__(self, tx: AsyncConnection, now: datetime) -> None:
        self.tx = tx
        self.now = now
        self._work: list[Work] = []
        self._transient: list[Event] = []

    async def record(self, event: Event) -> None:
        """Write a durable event beside its change."""
        await add_event(self.tx, event, source=SOURCE, at=self.now)

    def nudge(self, work: Work) -> None:
        """Tell a worker once this stands."""
        self._work.append(work)

    def tell(self, event: Event) -> None:
        """Send a transient event once this stands."""
        self._transient.append(event)

    async def publish(self, gateway: Gateway) -> None:
        """Called after the commit. Nothing here can undo the change: a lost nudge is found by a sweep."""
        for event in self._transient:
            await gateway.transient.publish(event, at=self.now)
        for work in self._work:
            try:
                await publish_work(gateway.broker, work)
            except (NatsError, TimeoutError, OSError) as exc:
                log.warning("work not announced, a sweep will find it", subject=work.subject, reason=type(exc).__name__)


async def _change(request: Request, key: Key = None) -> AsyncIterator[Change]:
    gateway = gateway_of(request)
    asked = await asked_of(request, key)
    async with gateway.db.begin() as tx:
        change = Change(tx, gateway.clock.now())
        if asked is not None:
            await answers.begin(tx, asked, change.now)
        yield change
        if asked is not None:
            await answers.keep(tx, asked, answers.answer_in_hand(request))
    await change.publish(gateway)


async def _noting(request: Request) -> AsyncIterator[Change]:
    gateway = gateway_of(request)
    async with gateway.db.begin() as tx:
        change = Change(tx, gateway.clock.now())
        yield change
    await change.publish(gateway)


async def _reading(request: Request) -> AsyncIterator[AsyncConnection]:
    async with gateway_of(request).db.connect() as conn:
        yield conn


def _principal(request: Request) -> Principal:
    principal: Principal | None = getattr(request.state, "principal", None)
    if principal is None:
        raise UnauthenticatedError("authentication required")
    return principal


Parts = Annotated[Gateway, Depends(gateway_of)]
"""The gateway's parts."""

Changing = Annotated[Change, Depends(_change, scope="function")]
"""A transaction that is committed before the answer leaves: a failed commit is a 500, not a 200.

It keeps the answer under the request's `Idempotency-Key`; the router needs `route_class=ChangingRoute` for that.
"""

Noting = Annotated[Change, Depends(_noting, scope="function")]
"""The same for a read that may make a missing row on its way, and that may be repeated anyway."""

Reading = Annotated[AsyncConnection, Depends(_reading, scope="function")]
"""A connection to read from."""

Caller = Annotated[Principal, Depends(_principal)]
"""Who asks. The gate has let them in already."""
