"""What the gateway does once it can reach the database: say so, and sweep old marks."""

import asyncio

import structlog
from sqlalchemy.exc import DBAPIError

from libs.common.db.migrate import HEAD, schema_version
from libs.common.events.system import ServerStarted
from libs.common.messaging.outbox import add_event
from services.api.auth import rate_limits
from services.api.build_stamp import read_build
from services.api.gateway import SOURCE, Gateway
from services.api.idempotency.answers import KEPT
from services.api.idempotency.queries import prune as prune_answers

log = structlog.get_logger(__name__)

_RETRY_S = 1.0
_PRUNE_EVERY_S = 3600.0


async def until_schema(gateway: Gateway) -> None:
    """Return when the database answers with the schema of this code."""
    while True:
        try:
            async with gateway.db.connect() as conn:
                if await schema_version(conn) == HEAD:
                    return
        except (DBAPIError, OSError) as exc:
            log.info("database not ready, waiting", reason=type(exc).__name__)
        await asyncio.sleep(_RETRY_S)


async def announce_start(gateway: Gateway) -> None:
    """Record `server_started` as soon as the database can hold it."""
    await until_schema(gateway)
    async with gateway.db.begin() as tx:
        event = ServerStarted(version=read_build().version)
        await add_event(tx, event, source=SOURCE, at=gateway.clock.now())


async def prune_marks(gateway: Gateway) -> None:
    """Every hour, forget requests that no window can reach any more, and old answers. Goes on until cancelled."""
    settings = gateway.settings
    longest_s = max(
        settings.login_window_s, settings.test_window_s, settings.run_window_s, settings.webhook_refused_window_s
    )
    while True:
        try:
            async with gateway.db.begin() as tx:
                await rate_limits.prune(tx, longest_s)
                await prune_answers(tx, gateway.clock.now() - KEPT)
        except (DBAPIError, OSError) as exc:
            log.warning("old marks of requests not removed", reason=type(exc).__name__)
        await asyncio.sleep(_PRUNE_EVERY_S)
