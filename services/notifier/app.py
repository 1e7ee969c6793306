"""Puts the notifier together: the activity feed and its retention, and the burial of messages that nobody could do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.ids import uuid7
from libs.common.messaging.backlog import Backlog
from libs.common.messaging.broker import build_broker
from libs.common.messaging.relay import Relay
from libs.common.messaging.spent import spent_router
from libs.common.messaging.start import connect
from libs.common.messaging.topology import ACTIVITY_WORKER, SPENT_WORKER
from libs.common.observability.metrics import build_registry
from libs.common.observability.readiness import bus_ready, schema_ready
from libs.common.observability.service import Service
from libs.common.settings import Settings
from services.notifier.activity import ActivityFeed
from services.notifier.retention import Retention


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Service]:
    """Every part of the process, built once. NATS and Postgres may come later than we do."""
    registry = build_registry()
    db = Database(settings.database_url.get_secret_value())
    broker = build_broker(settings, "notifier", registry)
    broker.include_router(spent_router())
    retention = Retention(db, Clock(settings.clock_file), owner=f"notifier-{uuid7()}")

    async def work() -> None:
        client = await connect(broker, settings.nats_replicas)
        await broker.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(Relay(db, client, registry).run())
            group.create_task(Backlog(client, registry, (ACTIVITY_WORKER, SPENT_WORKER)).run())
            group.create_task(ActivityFeed(db, client, registry).run())
            group.create_task(retention.run())

    try:
        yield Service(
            tasks=[work],
            checks={"database": schema_ready(db), "nats": bus_ready(broker, ACTIVITY_WORKER, SPENT_WORKER)},
            registry=registry,
        )
    finally:
        await broker.stop()
        await db.dispose()
