"""The way out to one client: a bound on every write, and a proper end."""

import asyncio

from starlette.types import Send

WRITE_TIMEOUT_S = 20.0


class StreamWriter:
    """Writes pieces of one response. Raises `TimeoutError` when the client takes none for 20 s."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def write(self, data: bytes) -> None:
        """Send `data` now; nothing for an empty piece."""
        if not data:
            return
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes) -> None:
        """Send a last piece and end the response."""
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await self._send({"type": "http.response.body", "body": data, "more_body": False})
