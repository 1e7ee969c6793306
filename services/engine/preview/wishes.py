"""Hears at once that the preview is behind, from whoever made the change; standbys hear it too and do nothing."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog
from sqlalchemy.engine import make_url

from libs.common.db.driver import DRIVER_ERRORS
from libs.common.preview import CHANNEL

log = structlog.get_logger(__name__)

RETRY_S = 1.0
_TIMEOUT_S = 5.0
_CONNECTION = {
    "application_name": "capacitarr-preview",
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


async def hear_wishes(database_url: str, wake: Callable[[], None]) -> None:
    """Until cancelled. While the database is away nothing is heard, and the engine looks by itself."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            await _listen(url, wake)
        except DRIVER_ERRORS as exc:
            log.debug("wishes for the preview not heard, trying again", reason=type(exc).__name__)
        await asyncio.sleep(RETRY_S)


async def _listen(url: str, wake: Callable[[], None]) -> None:
    """Return when the connection has ended."""
    ended = asyncio.Event()
    connection = await asyncpg.connect(url, timeout=_TIMEOUT_S, server_settings=_CONNECTION)
    try:
        connection.add_termination_listener(lambda *_: ended.set())
        await connection.add_listener(CHANNEL, lambda *_: wake())
        wake()
        await ended.wait()
    finally:
        connection.terminate()
