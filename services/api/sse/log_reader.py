"""Reads the event stream of NATS: its bounds, one message's time, a stretch of it, or what comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from faststream.exceptions import IncorrectState
from faststream.nats import NatsBroker
from nats.aio.msg import Msg
from nats.errors import ConnectionClosedError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from libs.common.messaging.subjects import EVENTS as EVENT_SUBJECTS
from libs.common.messaging.topology import EVENTS
from services.api.sse.frames import Frame, frame
from services.api.sse.replay import Bounds

log = structlog.get_logger(__name__)

HEARTBEAT_S = 1.0  # with the default of 5 s a tail needs 20 s to notice that the server is back
QUIET_S = 3.0
_REPLAY_PATIENCE_S = 5.0


class TailBrokenError(Exception):
    """The stream went on without us, or began anew; the text says which. Start over."""


class LogReader:
    """One process's view of the event stream. Every call raises what nats-py raises while NATS is away."""

    def __init__(self, broker: NatsBroker) -> None:
        self._broker = broker

    @property
    def connected(self) -> bool:
        """Whether NATS can be asked right now."""
        try:
            return self._broker.connection.is_connected
        except IncorrectState:
            return False

    async def bounds(self) -> Bounds:
        """First and last sequence now."""
        state = (await self._js().stream_info(EVENTS.name)).state
        return Bounds(state.first_seq if state.messages else state.last_seq + 1, state.last_seq)

    async def second_of(self, sequence: int) -> int | None:
        """When a message was stored, in Unix seconds; None when it is not stored."""
        try:
            found = await self._js().get_msg(EVENTS.name, sequence)
        except NotFoundError:
            return None
        return None if found.time is None else int(found.time.timestamp())

    async def stretch(self, after: int, until: int) -> AsyncIterator[Frame]:
        """What is stored above `after` up to `until`, in order."""
        async with self._tail(after) as messages:
            async for message in messages(_REPLAY_PATIENCE_S):
                if message is None:
                    return
                meta = message.metadata
                if meta.sequence.stream > until:
                    return
                read = _frame(message)
                if read is not None:
                    yield read
                if meta.sequence.stream == until or meta.num_pending == 0:
                    return

    async def follow(self, after: int) -> AsyncIterator[tuple[int, Frame | None]]:
        """Sequence and frame of what comes after `after`, for ever; no frame for what nobody can read.

        Raises `TailBrokenError` when the tail turns out to be dead.
        """
        cursor = after
        async with self._tail(after) as messages:
            async for message in messages(QUIET_S):
                if message is None:
                    await self._still_the_end(cursor)
                    continue
                sequence = message.metadata.sequence.stream
                if sequence <= cursor:  # a reset consumer may begin again at 1
                    continue
                cursor = sequence
                yield sequence, _frame(message)

    async def _still_the_end(self, cursor: int) -> None:
        if not self.connected:
            return
        bounds = await self.bounds()
        if bounds.last < cursor:
            raise TailBrokenError("the stream was made anew")
        if bounds.last > cursor and bounds.first <= bounds.last:
            raise TailBrokenError("events arrive that we do not see")

    @asynccontextmanager
    async def _tail(self, after: int) -> AsyncIterator["_Messages"]:
        subscription = await self._js().subscribe(
            f"{EVENT_SUBJECTS}.>",
            stream=EVENTS.name,
            ordered_consumer=True,
            idle_heartbeat=HEARTBEAT_S,
            config=ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1),
        )
        try:
            yield _Messages(subscription)
        finally:
            await subscription.unsubscribe()

    def _js(self) -> JetStreamContext:
        try:
            return self._broker.connection.jetstream()
        except IncorrectState as exc:
            raise ConnectionClosedError from exc


class _Messages:
    def __init__(self, subscription: JetStreamContext.PushSubscription) -> None:
        self._subscription = subscription

    async def __call__(self, quiet_s: float) -> AsyncIterator[Msg | None]:
        """Each message; None whenever nothing came for `quiet_s`."""
        while True:
            try:
                message: Msg | None = await self._subscription.next_msg(timeout=quiet_s)
            except NatsTimeoutError:
                message = None
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # swallowed by `wait_for` inside nats-py, before Python 3.12
                raise asyncio.CancelledError
            yield message


def _frame(message: Msg) -> Frame | None:
    meta = message.metadata
    try:
        return frame(message.data, meta.sequence.stream, int(meta.timestamp.timestamp()))
    except ValueError:
        log.warning("unreadable event in the stream", sequence=meta.sequence.stream, subject=message.subject)
        return None
