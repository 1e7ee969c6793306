"""Carries the outbox to the event stream: one leader at a time, in row order, each row until the server has it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import PubAck
from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy import Row, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.db.driver import DRIVER_ERRORS
from libs.common.events.envelope import Envelope
from libs.common.messaging.outbox import CHANNEL
from libs.common.messaging.outbox_retention import drop_published_months
from libs.common.messaging.subjects import event_subject
from libs.common.messaging.topology import EVENTS

log = structlog.get_logger(__name__)

LEADER_LOCK = 0x6361_7061_7265
"""Advisory lock of the leading relay; held by its session, so it ends with the connection."""

BATCH = 500
SWEEP_S = 5.0
STANDBY_S = 2.0
PRUNE_EVERY_S = 6 * 3600.0
RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
ACK_TIMEOUT_S = 5.0
QUERY_TIMEOUT_S = 5.0

_HEADER_ROOM = 4096
"""Bytes kept free of a message's payload: the server's limit counts headers and payload together."""

_CONNECTION = {
    "application_name": "capacitarr-relay",
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""A leader whose machine vanished is noticed by the server within half a minute, and its lock with it."""

_OUTAGE = (SQLAlchemyError, NatsError, *DRIVER_ERRORS)


class Relay:
    """One per process; all but the leader stand by. `run` goes on until it is cancelled.

    `sweep_s`: real time after which it looks for events although no notification came.
    """

    def __init__(self, db: Database, client: Client, registry: CollectorRegistry, *, sweep_s: float = SWEEP_S) -> None:
        self._db = db
        self._client = client
        self._sweep_s = sweep_s
        # one context for good: each has an inbox of its own, and a subscription to it
        self._js: JetStreamContext = client.jetstream(timeout=ACK_TIMEOUT_S)
        self._failures_in_a_row = 0
        self._published = Counter("capacitarr_outbox_published_total", "Events handed to NATS", registry=registry)
        self._failures = Counter("capacitarr_outbox_failures_total", "Failed attempts to publish", registry=registry)
        self._leading = Gauge("capacitarr_outbox_leader", "1 while this process leads the relay", registry=registry)

    async def run(self) -> None:
        """Lead when nobody else does. Outages of Postgres or NATS only pause it."""
        while True:
            try:
                async with self._listening() as (connection, wake):
                    await self._stand_by(connection)
                    await self._lead(connection, wake)
            except _OUTAGE as exc:
                self._failures.inc()
                delay_s = RETRY_S[min(self._failures_in_a_row, len(RETRY_S) - 1)]
                self._failures_in_a_row += 1
                log.warning("relay paused", reason=type(exc).__name__, retry_in_s=delay_s)
                await asyncio.sleep(delay_s)
            finally:
                self._leading.set(0)

    async def _stand_by(self, connection: asyncpg.Connection) -> None:
        """Return as the leader. It polls: a statement that waits for the lock would hold back vacuum all the time."""
        take = "select pg_try_advisory_lock($1)"
        while not await connection.fetchval(take, LEADER_LOCK, timeout=QUERY_TIMEOUT_S):  # noqa: ASYNC110  the lock is in Postgres, which sends no event when it is free
            await asyncio.sleep(STANDBY_S)

    async def _lead(self, connection: asyncpg.Connection, wake: asyncio.Event) -> None:
        self._leading.set(1)
        log.debug("relay leads")
        next_pruning_s = 0.0
        while True:
            # the lock lives in this session: after a silent death of the connection there may be another leader
            await connection.fetchval("select 1", timeout=QUERY_TIMEOUT_S)
            wake.clear()
            while await self._publish_batch() == BATCH:
                continue
            self._failures_in_a_row = 0
            if asyncio.get_running_loop().time() >= next_pruning_s:
                next_pruning_s = asyncio.get_running_loop().time() + PRUNE_EVERY_S
                await self._prune()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._sweep_s):
                    await wake.wait()

    async def _prune(self) -> None:
        try:
            async with self._db.begin() as tx:
                # whoever writes an event queues behind us while we wait for the table
                await tx.execute(text("set local lock_timeout = '1s'"))
                dropped = await drop_published_months(tx, real_now().date())
        except SQLAlchemyError as exc:
            log.warning("old events not dropped, trying again later", reason=type(exc).__name__)
            return
        if dropped:
            log.info("old events dropped", months=[f"{month:%Y-%m}" for month in dropped])

    async def _publish_batch(self) -> int:
        async with self._db.look() as conn:
            rows = await _unpublished(conn)
        if not rows:
            return 0
        await self._publish(rows)
        async with self._db.begin() as tx:
            await _mark(tx, rows)
        self._published.inc(len(rows))
        return len(rows)

    async def _publish(self, rows: Sequence[Row[Any]]) -> None:
        """Return when the server has confirmed every row. Raises without waiting when NATS is away."""
        if not self._client.is_connected:  # nats-py would keep the messages and send them, once per attempt, later
            raise ConnectionError("NATS is not connected")
        pending: list[asyncio.Future[PubAck]] = []
        try:
            for row in rows:
                subject = event_subject(row.family, row.type)
                pending.append(
                    await self._js.publish_async(subject, self._wire(row), stream=EVENTS.name, headers=_headers(row))
                )
            async with asyncio.timeout(ACK_TIMEOUT_S):
                await asyncio.gather(*pending)
        finally:
            for confirmation in pending:
                confirmation.cancel()  # gives its place among nats-py's unconfirmed messages back

    def _wire(self, row: Row[Any]) -> bytes:
        """One event too large for the bus must not hold up all others: it goes out without its members."""
        envelope = Envelope.of_row(row)
        wire = envelope.wire()
        if len(wire) <= self._client.max_payload - _HEADER_ROOM:
            return wire
        log.error("event too large, sent without its members", type=row.type, size_bytes=len(wire))
        return envelope.model_copy(update={"data": {}, "message": envelope.message[:_HEADER_ROOM]}).wire()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[tuple[asyncpg.Connection, asyncio.Event]]:
        wake = asyncio.Event()
        url = make_url(self._db.url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url, timeout=QUERY_TIMEOUT_S, server_settings=_CONNECTION)
        try:
            await connection.add_listener(CHANNEL, lambda *_: wake.set())
            connection.add_termination_listener(lambda *_: wake.set())
            yield connection, wake
        finally:
            connection.terminate()


async def _unpublished(conn: AsyncConnection) -> Sequence[Row[Any]]:
    """The next rows in order. Two relays in the moment of a change of leader may both see them: the id dedupes."""
    rows = select(m.Outbox).where(m.Outbox.published_at.is_(None)).order_by(m.Outbox.seq).limit(BATCH)
    return (await conn.execute(rows)).all()


async def _mark(tx: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
    values = {"seqs": [row.seq for row in rows], "first": min(row.created_at for row in rows), "now": real_now()}
    await tx.execute(_MARK, values)


_MARK = text("update outbox set published_at = :now where seq = any(:seqs) and created_at >= :first")
"""The bound on the partition key keeps old months out of the update."""


def _headers(row: Row[Any]) -> dict[str, str]:
    headers = {"Nats-Msg-Id": str(row.id), "content-type": "application/json"}
    if row.correlation_id:
        headers["correlation_id"] = row.correlation_id
    return headers
