"""A strict reader of event streams, and a way to put events into the stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import nats
from nats.js import JetStreamContext

from libs.common.events.base import Event
from libs.common.events.envelope import Envelope
from libs.common.messaging.subjects import event_subject
from libs.common.messaging.topology import EVENTS
from tests.harness.eventually import eventually


@dataclass(frozen=True)
class Received:
    """One frame: its id, type and data as text."""

    id: str
    event: str
    data: str

    @property
    def sequence(self) -> int:
        """The part of the id that orders events."""
        return int(self.id.split("-")[1])


class Stream:
    """An open stream. `frames` and `comments` grow while it is read."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.frames: list[Received] = []
        self.comments: list[str] = []
        self.retries: list[str] = []
        self.ended = False

    async def received(self, count: int) -> list[Received]:
        """The frames so far, once there are `count`."""
        await eventually(lambda: len(self.frames) >= count)
        return self.frames

    async def kept_alive(self, count: int) -> None:
        """Return once so many comments have broken the silence."""
        await eventually(lambda: self.comments.count("keepalive") >= count)

    async def read(self) -> None:
        """Read until the server ends the stream; lines end at LF only, so that a title cannot break a frame."""
        pending = b""
        async for piece in self.response.aiter_raw():
            pending += piece
            while b"\n\n" in pending:
                block, _, pending = pending.partition(b"\n\n")
                self._take(block.decode())
        self.ended = True

    def _take(self, block: str) -> None:
        members: dict[str, str] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(": ")
            if name == "":
                self.comments.append(value)
            elif name == "retry":
                self.retries.append(value)
            else:
                assert name in {"id", "event", "data"}, line
                assert name not in members, block
                members[name] = value
        if members:
            self.frames.append(Received(**members))


@asynccontextmanager
async def stream(client: httpx.AsyncClient, **options: Any) -> AsyncIterator[Stream]:
    """Open `/events` and read it in the background until the block ends."""
    async with client.stream("GET", "/events", timeout=httpx.Timeout(5, read=None), **options) as response:
        assert response.status_code == 200
        opened = Stream(response)
        reading = asyncio.create_task(opened.read())
        try:
            yield opened
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


@asynccontextmanager
async def publisher(nats_url: str) -> AsyncIterator[JetStreamContext]:
    """A JetStream context of the test's own."""
    client = await nats.connect(nats_url)
    try:
        yield client.jetstream()
    finally:
        await client.close()


async def publish(js: JetStreamContext, event: Event, *, envelope: Envelope | None = None) -> Envelope:
    """Put an event straight into the stream, without an id to deduplicate by."""
    wrapped = envelope or Envelope.of_event(event, source="test", at=datetime(2026, 3, 6, 12, tzinfo=UTC))
    await js.publish(event_subject(event.family, event.type), wrapped.wire(), stream=EVENTS.name)
    return wrapped
