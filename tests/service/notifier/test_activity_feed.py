"""The activity feed on a real stream and a real database (events-notifications.md 10.3)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select, text

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.events.base import Event
from libs.common.events.disk import DiskGroupStale
from libs.common.events.engine import EngineStart
from libs.common.events.envelope import Envelope
from libs.common.events.integration import IntegrationRecoveryAttempt
from libs.common.messaging import topology
from libs.common.messaging.subjects import event_subject
from services.notifier.activity import ActivityFeed
from tests.harness.eventually import eventually

pytestmark = pytest.mark.service

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
STALE = DiskGroupStale(disk_group_id=3, mount_path="/média")
ATTEMPT = IntegrationRecoveryAttempt(
    integration_id=1, integration_type="sonarr", name="Sonarr", attempt=2, success=False
)


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    connection = await nats.connect(nats_url)
    await topology.apply(connection.jetstream())
    yield connection
    await connection.close()


@pytest.fixture
async def feed(database: Database, client: Client) -> AsyncIterator[ActivityFeed]:
    feed = ActivityFeed(database, client, CollectorRegistry())
    running = asyncio.create_task(feed.run())
    yield feed
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def wrapped(event: Event, at: datetime = AT) -> Envelope:
    return Envelope.of_event(event, source="sync", at=at)


async def publish(client: Client, event: Event, envelope: Envelope, *, deduplicated: bool = True) -> None:
    headers = {"Nats-Msg-Id": str(envelope.id)} if deduplicated else {}
    await client.jetstream().publish(event_subject(event.family, event.type), envelope.wire(), headers=headers)


async def settled(client: Client) -> None:
    """Everything in the stream was delivered and acknowledged."""

    async def idle() -> bool:
        worker = topology.ACTIVITY_WORKER
        info = await client.jetstream().consumer_info(worker.stream.name, worker.durable)
        return bool(info.num_pending == 0 and info.num_ack_pending == 0)

    await eventually(idle)


async def rows(database: Database) -> list[Any]:
    async with database.connect() as conn:
        return list((await conn.execute(select(m.ActivityEvent).order_by(m.ActivityEvent.id))).all())


async def test_g22_durable_event_becomes_one_row_with_its_own_time(
    database: Database, client: Client, feed: ActivityFeed
) -> None:
    envelope = wrapped(STALE)

    await publish(client, STALE, envelope)
    await settled(client)

    (row,) = await rows(database)
    assert row.event_uuid == envelope.id
    assert row.event_type == "disk_group_stale"
    assert row.message == STALE.message
    assert row.metadata == '{"diskGroupId":3,"mountPath":"/média"}'
    assert row.created_at == AT


async def test_g22_same_event_published_twice_is_one_row(
    database: Database, client: Client, feed: ActivityFeed
) -> None:
    envelope = wrapped(STALE)

    for _ in range(3):
        await publish(client, STALE, envelope, deduplicated=False)
    await settled(client)

    assert len(await rows(database)) == 1


async def test_g26_transient_events_never_appear(database: Database, client: Client, feed: ActivityFeed) -> None:
    await publish(client, ATTEMPT, wrapped(ATTEMPT))
    await publish(client, STALE, wrapped(STALE))
    await settled(client)

    assert [row.event_type for row in await rows(database)] == ["disk_group_stale"]


async def test_unreadable_message_does_not_stop_the_feed(
    database: Database, client: Client, feed: ActivityFeed
) -> None:
    js = client.jetstream()
    await js.publish(event_subject("disk", "disk_group_stale"), b"not an envelope")
    await js.publish(event_subject("disk", "from_the_future"), wrapped(STALE).wire().replace(STALE.type.encode(), b"?"))
    await publish(client, STALE, wrapped(STALE))
    await settled(client)

    assert len(await rows(database)) == 1


async def test_g23_feed_killed_between_commit_and_ack_repeats_nothing(database: Database, client: Client) -> None:
    envelopes = [wrapped(STALE, AT + timedelta(seconds=n)) for n in range(20)]
    for envelope in envelopes:
        await publish(client, STALE, envelope)
    feed = ActivityFeed(database, client, CollectorRegistry())
    consumer = await client.jetstream().pull_subscribe(
        topology.ACTIVITY_WORKER.subject, stream=topology.EVENTS.name, config=None
    )
    messages = await consumer.fetch(20, timeout=5)
    await feed.store(messages[:10])
    await consumer.unsubscribe()

    running = asyncio.create_task(feed.run())
    await settled(client)
    running.cancel()

    assert sorted(row.event_uuid for row in await rows(database)) == sorted(one.id for one in envelopes)


async def test_outage_of_the_database_only_delays_the_feed(
    database: Database, client: Client, feed: ActivityFeed
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("alter table activity_events rename to out_of_reach"))
    envelope = wrapped(STALE)
    await publish(client, STALE, envelope)

    async def tried() -> bool:
        worker = topology.ACTIVITY_WORKER
        info = await client.jetstream().consumer_info(worker.stream.name, worker.durable)
        return bool(info.num_redelivered)

    await eventually(tried)
    async with database.begin() as tx:
        await tx.execute(text("alter table out_of_reach rename to activity_events"))
    await settled(client)

    assert [row.event_uuid for row in await rows(database)] == [envelope.id]


async def test_two_replicas_share_a_burst_without_a_repeat(database: Database, client: Client) -> None:
    js = client.jetstream()
    start = EngineStart(execution_mode="dry-run")
    for n in range(1200):
        envelope = wrapped(start, AT + timedelta(seconds=n))
        await js.publish_async(event_subject("engine", start.type), envelope.wire())
    await js.publish_async_completed()
    replicas = [asyncio.create_task(ActivityFeed(database, client, CollectorRegistry()).run()) for _ in range(2)]

    await settled(client)
    for replica in replicas:
        replica.cancel()

    async with database.connect() as conn:
        count = await conn.execute(select(func.count()).select_from(m.ActivityEvent))
    assert count.scalar_one() == 1200
