"""Two eyes on the gateway: one on the whole list, one on the event stream and a page."""

import asyncio
import time
from collections.abc import Callable, Sequence

import httpx
import zstandard

_ASK_EVERY_S = 0.02
_WITHIN_S = 30.0


class Watch:
    """Asks with what it has, as a client does that shows the list."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url
        self._news: asyncio.Queue[None] = asyncio.Queue()

    async def listen(self) -> None:
        """Until cancelled, note when the preview is said to be new."""
        async with self._client.stream("GET", f"{self._url}/events", timeout=None) as stream:
            async for line in stream.aiter_lines():
                if line == "event: preview_updated":
                    self._news.put_nowait(None)

    async def until_shown(self, is_shown: Callable[[bytes], bool]) -> float:
        """The moment at which the list was here whose text fits."""
        tag = ""
        async with asyncio.timeout(_WITHIN_S):
            while True:
                headers = {"Accept-Encoding": "zstd", "If-None-Match": tag}
                async with self._client.stream("GET", f"{self._url}/preview", headers=headers) as answer:
                    packed = b"".join([piece async for piece in answer.aiter_raw()])
                came_at = time.monotonic()
                if answer.status_code == 200:
                    tag = answer.headers["etag"]
                    if await asyncio.to_thread(lambda body: is_shown(_unpacked(body)), packed):
                        return came_at
                await asyncio.sleep(_ASK_EVERY_S)

    async def until_told(self, title: str) -> float:
        """The moment at which somebody has it who asks for a page whenever the stream says that there is news."""
        async with asyncio.timeout(_WITHIN_S):
            while True:
                await self._news.get()
                page = await self._client.get(f"{self._url}/preview", params={"search": title})
                if page.json():
                    return time.monotonic()


def _unpacked(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(packed)


def quantiles(seconds: Sequence[float]) -> str:
    """The cells of a table: half, 95 %, and the longest."""
    ordered = sorted(seconds)
    middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
    return f"{middle:.2f} | {late:.2f} | {ordered[-1]:.2f}"
