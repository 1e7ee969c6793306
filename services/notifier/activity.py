"""The activity feed's writer: every durable event becomes exactly one row, whatever is redelivered (G22, G23)."""

import asyncio
from collections.abc import Sequence

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from prometheus_client import CollectorRegistry, Counter
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from libs.common.db import Database
from libs.common.events.catalogue import DURABLE_TYPES, EVENT_TYPES
from libs.common.events.envelope import Envelope
from libs.common.messaging.topology import ACTIVITY_WORKER, Worker
from services.notifier import queries
from services.notifier.queries import FeedRow

log = structlog.get_logger(__name__)

BATCH = 500
"""Events per transaction. A quarter of the ack wait is ample for one; a backlog is worked off in few commits."""

_FETCH_TIMEOUT_S = 5.0
_AGAIN_S = 1.0
_RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)


class ActivityFeed:
    """Follows the event stream with a durable consumer. Replicas share it; each event is one row all the same."""

    def __init__(
        self, db: Database, client: Client, registry: CollectorRegistry, *, worker: Worker = ACTIVITY_WORKER
    ) -> None:
        self._db = db
        self._client = client
        self._worker = worker
        self._outages = 0
        self._written = Counter("capacitarr_activity_written_total", "Rows of the activity feed", registry=registry)
        self._unreadable = Counter(
            "capacitarr_activity_unreadable_total", "Events the feed could not read", registry=registry
        )

    async def run(self) -> None:
        """Until cancelled. Outages of Postgres or NATS only pause it: nothing is acknowledged before its commit."""
        while True:
            try:
                await self._follow()
            except (NatsError, SQLAlchemyError, OSError) as exc:
                delay_s = _RETRY_S[min(self._outages, len(_RETRY_S) - 1)]
                self._outages += 1
                log.warning("activity feed paused", reason=type(exc).__name__, retry_in_s=delay_s)
                await asyncio.sleep(delay_s)

    async def _follow(self) -> None:
        js: JetStreamContext = self._client.jetstream()
        consumer = await js.pull_subscribe_bind(durable=self._worker.durable, stream=self._worker.stream.name)
        try:
            while True:
                try:
                    messages = await consumer.fetch(BATCH, timeout=_FETCH_TIMEOUT_S)
                except TimeoutError:  # also a bare one: nats-py raises it when its own deadline has just passed
                    continue
                await self.store(messages)
                self._outages = 0
        finally:
            await consumer.unsubscribe()

    async def store(self, messages: Sequence[Msg]) -> None:
        """Write the durable ones of these messages in one transaction, then acknowledge all of them.

        When that fails, they are asked for again soon, instead of after the ack wait.
        """
        rows = [row for row in map(self._read, messages) if row is not None]
        try:
            await self._write(rows)
        except (SQLAlchemyError, OSError):
            for message in messages:
                await message.nak(delay=_AGAIN_S)
            raise
        for message in messages:
            await message.ack()

    async def _write(self, rows: Sequence[FeedRow]) -> None:
        if not rows:
            return
        async with self._db.begin() as tx:
            written = await queries.insert_events(tx, rows)
        self._written.inc(written)

    def _read(self, message: Msg) -> FeedRow | None:
        """None for what has no place in the feed: transient events, and what no version of ours wrote."""
        try:
            envelope = Envelope.model_validate_json(message.data)
        except ValidationError:
            self._unreadable.inc()
            log.warning("event unreadable", subject=message.subject, sequence=message.metadata.sequence.stream)
            return None
        if envelope.type not in EVENT_TYPES:
            self._unreadable.inc()
            log.warning("event of an unknown type left out", type=envelope.type)
            return None
        if envelope.type not in DURABLE_TYPES:
            return None
        return FeedRow(message.metadata.sequence.stream, envelope)
