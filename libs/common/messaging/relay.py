"""Carries the outbox to the event stream: one leader at a time, in row order, each row until the server has it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from prometheus_client import CollectorRegistry, Counter, Gauge
from sqlalchemy import Row, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.events.envelope import Envelope
from libs.common.messaging.outbox import CHANNEL
from libs.common.messaging.subjects import event_subject
from libs.common.messaging.topology import EVENTS

log = structlog.get_logger(__name__)

LEADER_LOCK = 0x6361_7061_7265
"""Advisory lock of the leading relay; held by its session, so it ends with the connection."""

BATCH = 500
SWEEP_S = 5.0
STANDBY_S = 2.0
RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
ACK_TIMEOUT_S = 5.0


class Relay:
    """One per process; all but the leader stand by. `run` goes on until it is cancelled."""

    def __init__(self, db: Database, client: Client, registry: CollectorRegistry) -> None:
        self._db = db
        self._client = client
        self._published = Counter("capacitarr_outbox_published_total", "Events handed to NATS", registry=registry)
        self._failures = Counter("capacitarr_outbox_failures_total", "Failed attempts to publish", registry=registry)
        self._leading = Gauge("capacitarr_outbox_leader", "1 while this process leads the relay", registry=registry)

    async def run(self) -> None:
        """Lead when nobody else does. Outages of Postgres or NATS only pause it."""
        failures = 0
        while True:
            try:
                async with self._listening() as (connection, wake):
                    await self._lead(connection, wake)
                failures = 0
                await asyncio.sleep(STANDBY_S)
            except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, NatsError, OSError) as exc:
                self._failures.inc()
                delay_s = RETRY_S[min(failures, len(RETRY_S) - 1)]
                failures += 1
                log.warning("relay paused", reason=type(exc).__name__, retry_in_s=delay_s)
                await asyncio.sleep(delay_s)
            finally:
                self._leading.set(0)

    async def _lead(self, connection: asyncpg.Connection, wake: asyncio.Event) -> None:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", LEADER_LOCK):
            return
        self._leading.set(1)
        log.debug("relay leads")
        while True:
            wake.clear()
            while await self._publish_batch() == BATCH:
                continue
            try:
                async with asyncio.timeout(SWEEP_S):
                    await wake.wait()
            except TimeoutError:
                # the lock lives in this session: a connection that died silently must not leave two leaders
                await connection.fetchval("select 1")

    async def _publish_batch(self) -> int:
        async with self._db.connect() as conn:
            rows = await _unpublished(conn)
        if not rows:
            return 0
        await self._publish(rows)
        async with self._db.begin() as tx:
            await _mark(tx, rows)
        self._published.inc(len(rows))
        return len(rows)

    async def _publish(self, rows: Sequence[Row[Any]]) -> None:
        js: JetStreamContext = self._client.jetstream(timeout=ACK_TIMEOUT_S)
        pending = [
            await js.publish_async(
                event_subject(row.family, row.type),
                Envelope.of_row(row).wire(),
                stream=EVENTS.name,
                headers=_headers(row),
            )
            for row in rows
        ]
        async with asyncio.timeout(ACK_TIMEOUT_S):
            await asyncio.gather(*pending)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[tuple[asyncpg.Connection, asyncio.Event]]:
        wake = asyncio.Event()
        url = make_url(self._db.url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url)
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
