"""Puts the gateway together: database, bus, event hub, web application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from faststream.nats import NatsBroker
from prometheus_client import CollectorRegistry

from libs.common.clock import Clock, real_now
from libs.common.db import Database
from libs.common.messaging.broker import build_broker
from libs.common.messaging.relay import Relay
from libs.common.messaging.start import connect
from libs.common.messaging.transient import Transient
from libs.common.observability.level import follow_preference
from libs.common.observability.metrics import build_registry
from libs.common.observability.readiness import bus_ready, schema_ready
from libs.common.observability.service import Service
from libs.common.security.secrets import SecretBox, derive_jwt_secret
from libs.common.settings import Settings
from services.api.auth.client_address import TrustedProxies
from services.api.auth.passwords import Passwords
from services.api.auth.principal import Principal
from services.api.auth.sessions import still_good
from services.api.auth.tokens import TokenMint
from services.api.gateway import SOURCE, Gateway
from services.api.preview.blob import PreparedPreview
from services.api.preview.truth import PATIENCE, Patience, Truth
from services.api.sse.hub import Caps, EventHub
from services.api.sse.log_reader import LogReader
from services.api.start import announce_start, prune_marks
from services.api.web import build_web
from services.api.webhooks.door import WebhookDoor

log = structlog.get_logger(__name__)

_CONNECTIONS = 10  # each request takes one; twice as many under load


@asynccontextmanager
async def build(settings: Settings, *, patience: Patience = PATIENCE) -> AsyncIterator[Service]:
    """Every part of the process, built once. NATS and Postgres may come later than we do.

    `patience`: how long a request waits for the preview.
    """
    registry = build_registry()
    db = Database(settings.database_url.get_secret_value(), pool_size=_CONNECTIONS)
    broker = build_broker(settings, SOURCE, registry)
    gateway = build_gateway(settings, db, broker, registry, patience)

    async def bus() -> None:
        client = await connect(broker, settings.nats_replicas)
        await Relay(db, client, registry).run()

    async def first_steps() -> None:
        await announce_start(gateway)
        await prune_marks(gateway)

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(bus())
            group.create_task(first_steps())
            group.create_task(gateway.hub.run())
            group.create_task(follow_preference(db, settings.pinned_log_level))

    try:
        yield Service(
            tasks=[work],
            checks={"database": schema_ready(db), "nats": bus_ready(broker)},
            registry=registry,
            public_app=build_web(gateway, registry),
            on_stop=[gateway.hub.close],
        )
    finally:
        await broker.stop()
        await db.dispose()


def build_gateway(
    settings: Settings, db: Database, broker: NatsBroker, registry: CollectorRegistry, patience: Patience
) -> Gateway:
    """The parts that routes may ask for."""
    secret_key = settings.secret_key.get_secret_value()
    secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else derive_jwt_secret(secret_key)

    async def recheck(principal: Principal) -> bool:
        return await still_good(db, principal, real_now())

    caps = Caps(
        clients=settings.sse_max_clients,
        per_user=settings.sse_max_per_user,
        unsent_bytes=settings.sse_max_unsent_bytes,
        replay=settings.sse_max_replay,
        keepalive_s=settings.sse_keepalive_s,
    )
    return Gateway(
        settings=settings,
        db=db,
        clock=Clock(settings.clock_file),
        broker=broker,
        transient=Transient(broker, SOURCE),
        box=SecretBox(secret_key),
        mint=TokenMint(secret),
        passwords=Passwords(),
        proxies=TrustedProxies(settings.trusted_proxies),
        hub=EventHub(LogReader(broker), caps, recheck, registry),
        preview=PreparedPreview(db),
        truth=Truth(db, patience),
        webhooks=WebhookDoor(secret_key, registry),
    )
