"""The first contact of a process with NATS: wait for it as long as it takes, then bring its topology up to date."""

import asyncio

import structlog
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.errors import Error as NatsError

from libs.common.messaging import topology

log = structlog.get_logger(__name__)

_RETRY_S = 1.0


async def connect(broker: NatsBroker, replicas: int) -> Client:
    """Connect and apply the topology; subscribers are not started yet. Waits while NATS or JetStream is away."""
    while True:
        try:
            await broker.connect()
            _still_wanted()
            await topology.apply(broker.connection.jetstream(), replicas)
        except (NatsError, OSError, TimeoutError) as exc:
            log.warning("NATS not ready, waiting", reason=type(exc).__name__)
            await asyncio.sleep(_RETRY_S)
        else:
            return broker.connection


def _still_wanted() -> None:
    """Before Python 3.12 `wait_for` inside nats-py may swallow a cancellation that comes as the connection stands."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
