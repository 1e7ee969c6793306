"""Puts the engine together: the leader, its nudges, and the preview it keeps."""

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
from libs.common.messaging.topology import RESCORE_WORKER, RUN_WORKER
from libs.common.messaging.transient import Transient
from libs.common.observability.metrics import build_registry
from libs.common.observability.readiness import bus_ready, schema_ready
from libs.common.observability.service import Service
from libs.common.settings import Settings
from services.engine.handlers import work_routers
from services.engine.maintenance import Maintenance
from services.engine.preview.refresh import PreviewRefresh
from services.engine.preview.wishes import hear_wishes
from services.engine.questions.evaluations import Evaluations
from services.engine.questions.router import question_router
from services.engine.runs.cycle import Cycle
from services.engine.runs.group import SOURCE
from services.engine.runs.leader import Leader


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Service]:
    """Every part of the process, built once. NATS and Postgres may come later than we do."""
    registry = build_registry()
    clock = Clock(settings.clock_file)
    db = Database(settings.database_url.get_secret_value())
    broker = build_broker(settings, SOURCE, registry)
    refresh = PreviewRefresh(db, clock, Transient(broker, SOURCE))
    cycle = Cycle(db, clock, broker, refresh)
    leader = Leader(db, clock, f"engine-{uuid7()}", cycle, refresh, Maintenance(db, clock))
    for router in work_routers(leader):
        broker.include_router(router)
    broker.include_router(question_router(db, Evaluations(db, clock, refresh)))

    async def work() -> None:
        client = await connect(broker, settings.nats_replicas)
        await broker.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(Relay(db, client, registry).run())
            group.create_task(Backlog(client, registry, (RUN_WORKER, RESCORE_WORKER)).run())
            group.create_task(hear_wishes(db.url, refresh.wake))
            group.create_task(leader.run())

    try:
        yield Service(
            tasks=[work],
            checks={"database": schema_ready(db), "nats": bus_ready(broker, RUN_WORKER, RESCORE_WORKER)},
            registry=registry,
        )
    finally:
        await broker.stop()
        await db.dispose()
