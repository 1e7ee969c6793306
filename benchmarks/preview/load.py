"""Asks one address again and again over kept connections, as fast as it is answered, and reads nothing of the bodies.

A small client of its own: the usual ones take more of the processor for a call than the gateway does.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_PIECE = 1024 * 1024


@dataclass(slots=True)
class Load:
    """How a load went. `seconds` of each call, in no order."""

    took_s: float = 0.0
    seconds: list[float] = field(default_factory=list)
    body_bytes: int = 0

    @property
    def per_second(self) -> float:
        """Calls answered in a second."""
        return len(self.seconds) / self.took_s

    def quantile(self, share: float) -> float:
        """Seconds within which that share of the calls was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


async def load(
    url: str, headers: Mapping[str, str], *, connections: int, for_s: float, at_least: int = 3, status: int = 200
) -> Load:
    """Keep so many connections busy for so long. Ends the program at an answer with another status."""
    found, began = Load(), time.monotonic()
    ends_at = began + for_s
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_ask(url, headers, found, ends_at, at_least, status))
    found.took_s = time.monotonic() - began
    return found


async def _ask(url: str, headers: Mapping[str, str], found: Load, ends_at: float, at_least: int, status: int) -> None:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: {parts.netloc}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=_PIECE)
    calls = 0
    while calls < at_least or time.monotonic() < ends_at:
        began = time.perf_counter()
        writer.write(request)
        found.body_bytes = await _answer(reader, status)
        found.seconds.append(time.perf_counter() - began)
        calls += 1
    writer.close()


async def _answer(reader: asyncio.StreamReader, status: int) -> int:
    """Take one answer off the wire; tells the size of its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if int(head.split(" ", 2)[1]) != status:
        raise SystemExit(f"unexpected answer: {head.splitlines()[0]}")
    size = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
    left = size
    while left:
        piece = await reader.read(min(left, _PIECE))
        if not piece:
            raise SystemExit("the connection ended within an answer")
        left -= len(piece)
    return size
