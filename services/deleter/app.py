"""Puts the deleter together: the queue, its nudges, and the upstreams it acts on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.ids import uuid7
from libs.common.messaging.backlog import Backlog
from libs.common.messaging.broker import build_broker
from libs.common.messaging.relay import Relay
from libs.common.messaging.start import connect
from libs.common.messaging.topology import DRAIN_WORKER
from libs.common.messaging.transient import Transient
from libs.common.observability.metrics import build_registry
from libs.common.observability.readiness import bus_ready, schema_ready
from libs.common.observability.service import Service
from libs.common.security.secrets import SecretBox
from libs.common.settings import Settings
from services.deleter.claim import LEASE_S, Claims
from services.deleter.claimed import SOURCE
from services.deleter.handlers import work_router
from services.deleter.lane import Lane
from services.deleter.look import Look
from services.deleter.outcomes import Outcomes
from services.deleter.playing import Playing
from services.deleter.progress import Progress
from services.deleter.queue import DeletionQueue
from services.deleter.retention import Retention
from services.deleter.saga import PATIENCE, Patience, Saga
from services.deleter.upstreams import Upstreams


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Service]:
    """Every part of the process, built once. NATS and Postgres may come later than we do."""
    registry = build_registry()
    clock = Clock(settings.clock_file)
    db = Database(settings.database_url.get_secret_value())
    broker = build_broker(settings, SOURCE, registry)
    box = SecretBox(settings.secret_key.get_secret_value())
    upstreams = Upstreams(box, allow_loopback=settings.upstream_allow_loopback)
    queue = build_queue(db, clock, upstreams, Transient(broker, SOURCE))
    broker.include_router(work_router(queue))
    retention = Retention(db, clock, f"{SOURCE}-{uuid7()}")

    async def work() -> None:
        client = await connect(broker, settings.nats_replicas)
        await broker.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(Relay(db, client, registry).run())
            group.create_task(Backlog(client, registry, (DRAIN_WORKER,)).run())
            group.create_task(queue.run())
            group.create_task(retention.run())

    try:
        yield Service(
            tasks=[work],
            checks={"database": schema_ready(db), "nats": bus_ready(broker, DRAIN_WORKER)},
            registry=registry,
            on_stop=[queue.stop],
        )
    finally:
        await broker.stop()
        await upstreams.close()
        await db.dispose()


def build_queue(
    db: Database,
    clock: Clock,
    upstreams: Upstreams,
    transient: Transient,
    *,
    lease_s: float = LEASE_S,
    patience: Patience = PATIENCE,
) -> DeletionQueue:
    """The queue with everything behind it. `lease_s`: real time after which a silent worker counts as gone."""
    stopping = asyncio.Event()
    outcomes = Outcomes(db, clock)
    progress = Progress(db, clock, transient)
    look = Look(db, clock, upstreams, Playing(db, clock, upstreams))
    saga = Saga(db, upstreams, outcomes, look, stopping, lease_s=lease_s, patience=patience)
    claims = Claims(db, clock, f"{SOURCE}-{uuid7()}", lease_s=lease_s)
    return DeletionQueue(db, clock, Lane(claims, saga, outcomes, progress, stopping), progress, stopping)
