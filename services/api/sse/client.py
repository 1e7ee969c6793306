"""One open stream as the hub sees it: what is still unsent, and how it ends."""

import asyncio

from services.api.auth.principal import Principal
from services.api.sse.frames import Frame


class Client:
    """Frames wait here until the connection's own task sends them. Nobody else waits for a slow client."""

    __slots__ = (
        "_task",
        "_wake",
        "cursor",
        "ended",
        "farewell",
        "limit",
        "live",
        "principal",
        "reference",
        "size",
        "types",
        "unsent",
    )

    def __init__(self, principal: Principal, *, limit: int, types: frozenset[str], reference: bool) -> None:
        self.principal = principal
        self.limit = limit
        self.types = types
        self.reference = reference
        self.cursor = 0
        self.live = False
        self.ended = False
        self.farewell = b""
        self.unsent: list[bytes] = []
        self.size = 0
        self._wake: asyncio.Future[None] | None = None
        self._task = asyncio.current_task()

    def wants(self, frame: Frame) -> bool:
        """Whether the client asked for this type; no filter means all."""
        return not self.types or frame.type in self.types

    def offer(self, frame: Frame) -> bool:
        """Queue a live frame; False when the client has too much unsent. Frames at or below the cursor are dropped."""
        if not self.live or frame.sequence <= self.cursor:
            return True
        self.cursor = frame.sequence
        return self.push(frame.rendered(reference=self.reference)) if self.wants(frame) else True

    def push(self, data: bytes) -> bool:
        """Queue bytes; False when the client has too much unsent."""
        if self.size + len(data) > self.limit:
            return False
        self.unsent.append(data)
        self.size += len(data)
        self.wake()
        return True

    def take(self) -> bytes:
        """Everything unsent, as one piece."""
        data, self.unsent, self.size = b"".join(self.unsent), [], 0
        return data

    async def something(self, within_s: float | None = None) -> None:
        """Return when there is something to send, the stream is to end, or the time is up."""
        if self.unsent or self.ended:
            return
        self._wake = asyncio.get_running_loop().create_future()
        if within_s is None:
            await self._wake
        else:
            await asyncio.wait([self._wake], timeout=within_s)

    def wake(self) -> None:
        """Let the connection's task look again."""
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def end(self, farewell: bytes = b"") -> None:
        """End the stream in good order, after what is unsent and a last word."""
        self.ended = True
        self.farewell = farewell
        self.wake()

    def cut(self) -> None:
        """End it at once: whoever does not read cannot be told anything."""
        self.ended = True
        if self._task is not None:
            self._task.cancel()
