"""What an operator is shown of the bus and the database, and that the log level follows the owner."""

import asyncio
import logging
from collections.abc import Iterator
from functools import partial

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import LogLevel
from libs.common.messaging.backlog import Backlog
from libs.common.messaging.broker import build_broker
from libs.common.messaging.topology import DEAD, SYNC_WORKER
from libs.common.messaging.work import SyncIntegration, publish_work
from libs.common.observability.level import follow_preference
from libs.common.observability.readiness import bus_ready, schema_ready
from tests.harness.bus import running_broker, settings_for
from tests.harness.eventually import eventually


@pytest.fixture
def root_level() -> Iterator[None]:
    """The test runner's own level comes back afterwards."""
    root = logging.getLogger()
    before = root.level
    yield
    root.setLevel(before)


async def test_backlog_counts_waiting_work_and_dead_letters(nats_url: str) -> None:
    registry = CollectorRegistry()
    async with running_broker(nats_url) as broker:
        await publish_work(broker, SyncIntegration(snapshot_id=1))
        await publish_work(broker, SyncIntegration(snapshot_id=2))
        await broker.connection.jetstream().publish("capacitarr.dead.sync.integration", b"{}", stream=DEAD.name)

        await Backlog(broker.connection, registry, [SYNC_WORKER]).measure()

    waiting = registry.get_sample_value("capacitarr_consumer_backlog_messages", {"consumer": SYNC_WORKER.durable})
    assert (waiting, registry.get_sample_value("capacitarr_dead_letters_messages")) == (2, 1)


async def test_bus_is_ready_while_the_consumers_of_the_process_exist(nats_url: str) -> None:
    async with running_broker(nats_url) as broker:
        check = bus_ready(broker, SYNC_WORKER)
        assert await check() is None

        await broker.connection.jetstream().delete_consumer(SYNC_WORKER.stream.name, SYNC_WORKER.durable)
        assert "sync-integration is missing" in (await check() or "")


async def test_bus_that_was_never_reached_is_not_ready() -> None:
    broker = build_broker(settings_for("nats://127.0.0.1:1"), "test", CollectorRegistry())

    assert await bus_ready(broker, SYNC_WORKER)() == "NATS is not connected"


async def test_schema_of_this_code_is_ready_and_any_other_is_named(database: Database) -> None:
    assert await schema_ready(database)() is None

    async with database.begin() as tx:
        await tx.execute(text("update alembic_version set version_num = '0000'"))

    assert "has schema 0000" in (await schema_ready(database)() or "")


def _root_has(level: int) -> bool:
    return logging.getLogger().level == level


@pytest.mark.usefixtures("root_level")
async def test_level_follows_the_preference_while_running(database: Database) -> None:
    following = asyncio.create_task(follow_preference(database, None, every_s=0.02))
    try:
        for level, number in ((LogLevel.DEBUG, logging.DEBUG), (LogLevel.ERROR, logging.ERROR)):
            async with database.begin() as tx:
                await tx.execute(update(m.Preferences).values(log_level=level))
            await eventually(partial(_root_has, number))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_pinned_level_is_left_alone(database: Database) -> None:
    before = logging.getLogger().level
    async with database.begin() as tx:
        await tx.execute(update(m.Preferences).values(log_level=LogLevel.DEBUG))

    await follow_preference(database, LogLevel.ERROR)

    assert logging.getLogger().level == before
