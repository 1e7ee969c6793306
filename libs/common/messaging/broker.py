"""The connection of one process to NATS, with the middlewares all of them share."""

import asyncio
import logging

import structlog
from faststream.nats import NatsBroker
from faststream.nats.prometheus import NatsPrometheusMiddleware
from nats.errors import Error as NatsError
from prometheus_client import CollectorRegistry

from libs.common.messaging import topology
from libs.common.messaging.correlation import CorrelationBroker
from libs.common.settings import Settings

log = structlog.get_logger(__name__)

GRACEFUL_TIMEOUT_S = 20.0
_RESTORE_TRIES = 5


def build_broker(settings: Settings, service: str, registry: CollectorRegistry) -> NatsBroker:
    """A broker that reconnects for ever, and then looks after the topology. Per-message log lines stay below INFO."""

    async def restore() -> None:
        await restore_topology(broker, settings.nats_replicas)

    broker = NatsBroker(
        [url.strip() for url in settings.nats_url.split(",")],
        name=f"capacitarr-{service}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        graceful_timeout=GRACEFUL_TIMEOUT_S,
        user_credentials=str(settings.nats_creds) if settings.nats_creds else None,
        middlewares=[NatsPrometheusMiddleware(registry=registry, app_name=service), CorrelationBroker],
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
        reconnected_cb=restore,
    )
    return broker


async def restore_topology(broker: NatsBroker, replicas: int) -> None:
    """After a reconnect: a server that came back with an empty store gets its streams and consumers again."""
    for attempt in range(1, _RESTORE_TRIES + 1):
        try:
            await topology.add_missing(broker.connection.jetstream(), replicas)
        except (NatsError, OSError) as exc:
            log.warning("topology not checked yet", attempt=attempt, reason=type(exc).__name__)
            await asyncio.sleep(attempt)
        else:
            return
