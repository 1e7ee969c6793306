"""How a client gets from where it was to the live tail: each event once, in order, whatever arrives meanwhile."""

from collections.abc import Sequence

import structlog
from nats.errors import Error as NatsError

from libs.common.clock import real_now
from services.api.sse.client import Client
from services.api.sse.event_ids import event_id, parse
from services.api.sse.frames import Frame, gap_frame
from services.api.sse.hub import EventHub
from services.api.sse.replay import plan
from services.api.sse.writer import StreamWriter

log = structlog.get_logger(__name__)

_LOOK_AGAIN_S = 0.2
_BATCH = 200


class CatchUp:
    """One client's way to the tail. The cursor moves with each write and survives an outage of NATS."""

    def __init__(self, hub: EventHub, client: Client, writer: StreamWriter, requested: str) -> None:
        self._hub = hub
        self._client = client
        self._writer = writer
        self._requested = requested
        recent = hub.recent
        self._cursor: int | None = None if requested or recent is None else recent.last

    async def run(self) -> None:
        """Return when the client is live, or is to end. While NATS is away, comments keep the connection open."""
        while not self._client.live and not self._client.ended:
            try:
                if await self._step():
                    continue
            except (NatsError, OSError) as exc:
                log.debug("replay waits for NATS", reason=type(exc).__name__)
            await self._client.something(within_s=_LOOK_AGAIN_S)
            await self._writer.write(self._client.take())

    async def _step(self) -> bool:
        """One step; False when there is nothing to do but wait for the hub."""
        recent = self._hub.recent
        if self._cursor is None:
            self._cursor = await self._start()
        elif recent is None:
            return False
        elif not recent.covers(self._cursor):
            await self._send_stored(self._cursor, recent.last)
        elif missed := recent.since(self._cursor):
            await self._send(missed)
        else:  # no await between this look and the switch: nothing can fall between
            self._client.cursor, self._client.live = self._cursor, True
        return True

    async def _start(self) -> int:
        bounds = await self._hub.reader.bounds()
        if not self._requested:
            return bounds.last
        requested = parse(self._requested)
        stored_second = None
        if requested is not None and bounds.first <= requested.sequence <= bounds.last:
            stored_second = await self._hub.reader.second_of(requested.sequence)
        planned = plan(requested, bounds, stored_second, self._hub.caps.replay)
        if planned.gap is not None:
            newest_lost, oldest = await self._id_of(planned.after), await self._id_of(bounds.first)
            await self._writer.write(gap_frame(newest_lost, self._requested, oldest, planned.gap))
        return planned.after

    async def _id_of(self, sequence: int) -> str:
        """The id of a message; with the present second when it is no longer, or not yet, stored."""
        stored_second = await self._hub.reader.second_of(sequence) if sequence > 0 else None
        return event_id(int(real_now().timestamp()) if stored_second is None else stored_second, sequence)

    async def _send_stored(self, after: int, until: int) -> None:
        seen: set[str] = set()
        batch: list[Frame] = []
        async for frame in self._hub.reader.stretch(after, until):
            if frame.envelope_id in seen:
                continue
            seen.add(frame.envelope_id)
            batch.append(frame)
            if len(batch) == _BATCH:
                await self._send(batch)
                batch = []
        await self._send(batch)
        self._cursor = until

    async def _send(self, frames: Sequence[Frame]) -> None:
        wanted = [frame.rendered(reference=self._client.reference) for frame in frames if self._client.wants(frame)]
        await self._writer.write(b"".join(wanted))
        if frames:
            self._cursor = frames[-1].sequence
