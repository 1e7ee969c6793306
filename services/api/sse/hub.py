"""The fan-out of one replica: one reader of the stream, any number of clients, and the rules for letting them in."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as Metric
from sqlalchemy.exc import DBAPIError

from services.api.auth.principal import Principal
from services.api.errors import TooManyError, UnavailableError
from services.api.sse.client import Client
from services.api.sse.frames import KEEPALIVE, Frame, farewell
from services.api.sse.log_reader import LogReader, TailBrokenError
from services.api.sse.recent import CAPACITY, RecentFrames

log = structlog.get_logger(__name__)

RECHECK_S = 15.0
OUTAGE_S = 60.0
"""How long streams are kept open without NATS. A stream that ends is opened again by browsers, a 503 is not."""

_RETRY_S = 0.3
_CLOSING_S = 2.0
_FULL_RETRY_S = 30
_COME_BACK_MS = (1_000, 5_000)


@dataclass(frozen=True, slots=True)
class Caps:
    """What one replica takes on."""

    clients: int
    per_user: int
    unsent_bytes: int
    replay: int
    keepalive_s: float


Recheck = Callable[[Principal], Awaitable[bool]]
"""Whether credentials that were good at the door still are."""


class EventHub:
    """Knows every open stream. `run` goes on until it is cancelled; `close` ends the streams in good order."""

    def __init__(self, reader: LogReader, caps: Caps, recheck: Recheck, registry: CollectorRegistry) -> None:
        self.reader = reader
        self.caps = caps
        self._recheck = recheck
        self._recent: RecentFrames | None = None
        self._clients: set[Client] = set()
        self._per_user: Counter[int] = Counter()
        self._closing = False
        self._empty = asyncio.Event()
        self._open = Gauge("capacitarr_sse_clients", "Open event streams", registry=registry)
        self._ended = Metric("capacitarr_sse_ended_total", "Streams we ended, by reason", ["reason"], registry=registry)

    async def run(self) -> None:
        """Read, keep alive and re-check until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read())
            group.create_task(self._keep_alive())
            group.create_task(self._recheck_credentials())

    async def close(self) -> None:
        """Let nobody in any more and end every stream with a word about when to come back. At most two seconds."""
        self._closing = True
        self._end_all("shutdown")
        if self._clients:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING_S):
                    await self._empty.wait()

    @property
    def recent(self) -> RecentFrames | None:
        """The newest frames; None until the end of the stream was reached for the first time."""
        return self._recent if self._recent is not None and self._recent.complete else None

    @contextmanager
    def admit(self, principal: Principal, *, types: frozenset[str], reference: bool) -> Iterator[Client]:
        """A place for one stream. Raises `TooManyError` when the replica or the user has no place left."""
        if self._closing:
            raise UnavailableError("this replica is stopping, connect again")
        if len(self._clients) >= self.caps.clients:
            raise TooManyError(f"this replica serves {self.caps.clients} event streams already", _FULL_RETRY_S)
        if self._per_user[principal.user_id] >= self.caps.per_user:
            raise TooManyError(f"you have {self.caps.per_user} event streams open already", _FULL_RETRY_S)
        self._empty.clear()
        client = Client(principal, limit=self.caps.unsent_bytes, types=types, reference=reference)
        self._clients.add(client)
        self._per_user[principal.user_id] += 1
        self._open.set(len(self._clients))
        try:
            yield client
        finally:
            self._clients.discard(client)
            self._per_user[principal.user_id] -= 1
            self._per_user += Counter()  # forget users without streams
            self._open.set(len(self._clients))
            if not self._clients:
                self._empty.set()

    async def _read(self) -> None:
        while True:
            try:
                await self._follow()
            except TailBrokenError as exc:
                log.warning("event tail restarts", reason=str(exc))
            except (NatsError, OSError, TimeoutError) as exc:
                log.info("event stream not reachable, trying again", reason=type(exc).__name__)
            await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        if not self.reader.connected:
            return
        bounds = await self.reader.bounds()
        if self._recent is None or bounds.last < self._recent.last:
            if self._recent is not None:
                self._end_all("stream made anew")
            self._recent = RecentFrames(max(bounds.first - 1, bounds.last - CAPACITY, 0), bounds.last)
        recent = self._recent
        async for sequence, frame in self.reader.follow(recent.last):
            if frame is None:
                recent.skip(sequence)
            elif recent.add(frame):
                self._publish(frame)

    def _publish(self, frame: Frame) -> None:
        for client in tuple(self._clients):
            if not client.offer(frame):
                self._cut(client)

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        last_connected = loop.time()
        while True:
            await asyncio.sleep(self.caps.keepalive_s)
            if self.reader.connected:
                last_connected = loop.time()
            elif loop.time() - last_connected > OUTAGE_S:
                self._end_all("NATS away")
                continue
            for client in tuple(self._clients):
                if not client.push(KEEPALIVE):
                    self._cut(client)

    async def _recheck_credentials(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            for principal in {client.principal for client in self._clients}:
                try:
                    good = await self._recheck(principal)
                except (DBAPIError, OSError) as exc:
                    log.warning("credentials of open streams not checked", reason=type(exc).__name__)
                    break
                if not good:
                    self._end_streams_of(principal)

    def _end_streams_of(self, principal: Principal) -> None:
        for client in tuple(self._clients):
            if client.principal == principal:
                self._ended.labels("credentials").inc()
                client.end()

    def _cut(self, client: Client) -> None:
        self._ended.labels("slow").inc()
        log.info("event stream cut, the client does not read", user=client.principal.username)
        client.cut()

    def _end_all(self, reason: str) -> None:
        for client in tuple(self._clients):
            self._ended.labels(reason).inc()
            client.end(farewell(random.randint(*_COME_BACK_MS)))  # noqa: S311  spreads the return, no secret
