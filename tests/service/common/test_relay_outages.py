"""The relay survives what happens at night: a dead leader, a cut connection, a NATS that is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select, text

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.events.rules import RuleDeleted
from libs.common.events.settings import SettingsImported
from libs.common.messaging import topology
from libs.common.messaging.outbox import add_event
from libs.common.messaging.relay import Relay
from libs.local.nats import EmbeddedNats
from tests.harness.eventually import eventually


@asynccontextmanager
async def relay(database: Database, nats_url: str) -> AsyncIterator[CollectorRegistry]:
    client = await nats.connect(nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    await topology.apply(client.jetstream())
    registry = CollectorRegistry()
    running = asyncio.create_task(Relay(database, client, registry).run())
    try:
        yield registry
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()


async def write(database: Database, rule_id: int) -> None:
    async with database.begin() as tx:
        await add_event(tx, RuleDeleted(rule_id=rule_id, field="title"), source="api", at=real_now())


async def published(database: Database) -> bool:
    async with database.connect() as conn:
        rows = select(func.count()).select_from(m.Outbox).where(m.Outbox.published_at.is_(None))
        return (await conn.execute(rows)).scalar_one() == 0


def leads(registry: CollectorRegistry) -> bool:
    return registry.get_sample_value("capacitarr_outbox_leader") == 1


async def stored_rule_ids(url: str) -> list[str]:
    client = await nats.connect(url)
    try:
        js = client.jetstream()
        last = (await js.stream_info(topology.EVENTS.name)).state.last_seq
        messages = [await js.get_msg(topology.EVENTS.name, seq) for seq in range(1, last + 1)]
    finally:
        await client.close()
    return [(message.data or b"").decode().partition('"ruleId":')[2].partition(",")[0] for message in messages]


async def test_standby_takes_over_when_the_leaders_connection_is_cut(database: Database, nats_url: str) -> None:
    async with relay(database, nats_url) as first:
        await eventually(lambda: leads(first))
        async with relay(database, nats_url) as second:
            async with database.begin() as tx:
                cut = "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and granted"
                assert (await tx.execute(text(cut))).scalar_one() == 1
            await write(database, 1)

            await eventually(lambda: published(database))
            await eventually(lambda: leads(first) != leads(second))

    assert await stored_rule_ids(nats_url) == ["1"]


async def test_stopped_leader_is_followed_by_another(database: Database, nats_url: str) -> None:
    async with relay(database, nats_url) as second:
        async with relay(database, nats_url) as first:
            await eventually(lambda: leads(first) or leads(second))
        await write(database, 1)
        await eventually(lambda: leads(second))
        await eventually(lambda: published(database))

    assert await stored_rule_ids(nats_url) == ["1"]


async def test_events_of_an_outage_of_nats_arrive_in_order_afterwards(database: Database, tmp_path: Path) -> None:
    server = EmbeddedNats(tmp_path)
    url = server.start()
    try:
        async with relay(database, url) as registry:
            await eventually(lambda: leads(registry))
            server.kill()
            for number in range(1, 4):
                await write(database, number)
            await eventually(lambda: (registry.get_sample_value("capacitarr_outbox_failures_total") or 0) > 0)
            assert not await published(database)

            server.start()
            await eventually(lambda: published(database), within_s=30)
        assert await stored_rule_ids(url) == ["1", "2", "3"]
    finally:
        server.stop()


async def test_event_too_large_for_the_bus_holds_up_no_other(database: Database, nats_url: str) -> None:
    async with database.begin() as tx:
        huge = SettingsImported(sections=["rules"], result={"preImportSnapshot": "x" * 1_100_000})
        await add_event(tx, huge, source="api", at=real_now())
    await write(database, 2)

    async with relay(database, nats_url):
        await eventually(lambda: published(database))

    assert await stored_rule_ids(nats_url) == ["", "2"]


async def test_relay_leaves_no_subscription_behind_with_each_batch(database: Database, nats_url: str) -> None:
    client = await nats.connect(nats_url)
    await topology.apply(client.jetstream())
    running = asyncio.create_task(Relay(database, client, CollectorRegistry()).run())
    try:
        await write(database, 1)
        await eventually(lambda: published(database))
        after_one = len(client._subs)
        for number in range(2, 6):
            await write(database, number)
            await eventually(lambda: published(database))

        assert len(client._subs) == after_one
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()
