"""How much waits on the bus, as metrics: FastStream counts what was handled, not what is still to do."""

import asyncio
from collections.abc import Sequence

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from prometheus_client import CollectorRegistry, Gauge

from libs.common.messaging.topology import DEAD, Worker

log = structlog.get_logger(__name__)

EVERY_S = 15.0
_ANSWER_S = 2.0


class Backlog:
    """Measures the consumers of one process, and the dead letters, until cancelled."""

    def __init__(
        self, client: Client, registry: CollectorRegistry, workers: Sequence[Worker], *, every_s: float = EVERY_S
    ) -> None:
        self._js: JetStreamContext = client.jetstream(timeout=_ANSWER_S)
        self._workers = workers
        self._every_s = every_s
        self._pending = Gauge(
            "capacitarr_consumer_backlog_messages",
            "Messages waiting or under way, by durable consumer",
            ["consumer"],
            registry=registry,
        )
        self._dead = Gauge("capacitarr_dead_letters_messages", "Messages given up on", registry=registry)

    async def run(self) -> None:
        """Look every few seconds. While NATS is away the last figures stand."""
        while True:
            try:
                await self.measure()
            except (NatsError, OSError) as exc:
                log.debug("backlog not measured", reason=type(exc).__name__)
            await asyncio.sleep(self._every_s)

    async def measure(self) -> None:
        """Take one reading."""
        for worker in self._workers:
            info = await self._js.consumer_info(worker.stream.name, worker.durable)
            self._pending.labels(worker.durable).set((info.num_pending or 0) + (info.num_ack_pending or 0))
        self._dead.set((await self._js.stream_info(DEAD.name)).state.messages)
