"""The connection of one process to NATS, with the middlewares all of them share."""

import logging

from faststream.nats import NatsBroker
from faststream.nats.prometheus import NatsPrometheusMiddleware
from prometheus_client import CollectorRegistry

from libs.common.messaging.correlation import CorrelationBroker
from libs.common.settings import Settings

GRACEFUL_TIMEOUT_S = 20.0


def build_broker(settings: Settings, service: str, registry: CollectorRegistry) -> NatsBroker:
    """A broker that reconnects for ever. Per-message log lines stay below INFO."""
    return NatsBroker(
        [url.strip() for url in settings.nats_url.split(",")],
        name=f"capacitarr-{service}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        graceful_timeout=GRACEFUL_TIMEOUT_S,
        user_credentials=str(settings.nats_creds) if settings.nats_creds else None,
        middlewares=[NatsPrometheusMiddleware(registry=registry, app_name=service), CorrelationBroker],
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
    )
