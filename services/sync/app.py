"""Puts sync together: reads, their sweep, and the answers to the api."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.ids import uuid7
from libs.common.messaging.backlog import Backlog
from libs.common.messaging.broker import build_broker
from libs.common.messaging.questions import FORGET_RULE_VALUES, ForgetRuleValues
from libs.common.messaging.relay import Relay
from libs.common.messaging.rpc import tell_all
from libs.common.messaging.start import connect
from libs.common.messaging.topology import REFRESH_WORKER, SYNC_WORKER
from libs.common.messaging.transient import Transient
from libs.common.observability.metrics import build_registry
from libs.common.observability.readiness import bus_ready, schema_ready
from libs.common.observability.service import Service
from libs.common.security.secrets import SecretBox
from libs.common.settings import Settings
from services.sync.connection_test import ConnectionTester
from services.sync.fetch import PARALLEL_SOURCES, Reader
from services.sync.handlers import preflight_router, question_router, refresh_router, rule_value_router, work_router
from services.sync.health.connections import Connections
from services.sync.health.prober import Prober
from services.sync.history.keeper import HistoryKeeper
from services.sync.manual import ManualSync
from services.sync.preflight import PreflightLook
from services.sync.refresh.refresher import PARALLEL as PARALLEL_REFRESHES
from services.sync.refresh.refresher import Refresher
from services.sync.refresh.sweep import RefreshSweep
from services.sync.rule_values.lookup import RuleValueLookup
from services.sync.sweep import Sweep
from services.sync.upstreams import Upstreams

_POOL = 2 * PARALLEL_SOURCES + PARALLEL_REFRESHES + 2
"""A read holds one connection for its staging table and borrows one for its heartbeat; a refresh holds one."""


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Service]:
    """Every part of the process, built once. NATS and Postgres may come later than we do."""
    registry = build_registry()
    clock = Clock(settings.clock_file)
    db = Database(settings.database_url.get_secret_value(), pool_size=_POOL)
    broker = build_broker(settings, "sync", registry)
    box = SecretBox(settings.secret_key.get_secret_value())
    upstreams = Upstreams(box, allow_loopback=settings.upstream_allow_loopback)
    reader = Reader(db, clock, upstreams, new_owner=lambda: f"sync-{uuid7()}")
    manual = ManualSync(db, clock, reader)
    prober = Prober(db, clock, Connections(upstreams), Transient(broker, "sync"), registry, f"sync-{uuid7()}")
    refresher = Refresher(db, clock, upstreams, registry, new_owner=lambda: f"sync-{uuid7()}")
    broker.include_router(work_router(reader))
    broker.include_router(refresh_router(refresher))
    broker.include_router(rule_value_router(RuleValueLookup(db, upstreams)))
    broker.include_router(preflight_router(PreflightLook(db, upstreams)))

    async def forget_rule_values() -> None:
        await tell_all(broker, FORGET_RULE_VALUES, ForgetRuleValues())

    broker.include_router(question_router(ConnectionTester(upstreams, box), manual, forget_rule_values))

    async def work() -> None:
        client = await connect(broker, settings.nats_replicas)
        await broker.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(Relay(db, client, registry).run())
                group.create_task(Backlog(client, registry, (SYNC_WORKER, REFRESH_WORKER)).run())
                group.create_task(Sweep(db, clock, reader).run())
                group.create_task(RefreshSweep(db, clock, refresher).run())
                group.create_task(prober.run())
                group.create_task(HistoryKeeper(db, clock, owner=f"sync-{uuid7()}").run())
        finally:
            reader.stop()

    try:
        yield Service(
            tasks=[work],
            checks={"database": schema_ready(db), "nats": bus_ready(broker, SYNC_WORKER, REFRESH_WORKER)},
            registry=registry,
        )
    finally:
        await broker.stop()
        await db.dispose()
