"""Events reach the stream exactly when their change is committed: in order, once, whatever restarts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import nats
import pytest
from nats.aio.client import Client
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select, update

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.events.deletion import DeletionProgress, DeletionSuccess
from libs.common.events.envelope import Envelope
from libs.common.events.rules import RuleDeleted
from libs.common.messaging import topology
from libs.common.messaging.outbox import add_event, add_events
from libs.common.messaging.relay import SWEEP_S, Relay
from tests.harness.eventually import eventually

SERENITY = DeletionSuccess(title="Serenity", size_bytes=5_069_636_198, media_type="movie", integration_id=1)


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    """A connection to a server with our streams."""
    client = await nats.connect(nats_url)
    await topology.apply(client.jetstream())
    yield client
    await client.close()


@asynccontextmanager
async def relays(database: Database, client: Client, count: int = 1, sweep_s: float = SWEEP_S) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(Relay(database, client, CollectorRegistry(), sweep_s=sweep_s).run()) for _ in range(count)
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def stored(client: Client) -> list[Envelope]:
    """Everything in the event stream, in order."""
    js = client.jetstream()
    state = (await js.stream_info(topology.EVENTS.name)).state
    messages = [await js.get_msg(topology.EVENTS.name, seq) for seq in range(state.first_seq, state.last_seq + 1)]
    return [Envelope.model_validate_json(message.data or b"") for message in messages]


async def unpublished(database: Database) -> int:
    async with database.connect() as conn:
        rows = select(func.count()).select_from(m.Outbox).where(m.Outbox.published_at.is_(None))
        return int((await conn.execute(rows)).scalar_one())


async def write(database: Database, *titles: str) -> None:
    async with database.begin() as tx:
        events = [SERENITY.model_copy(update={"title": title}) for title in titles]
        await add_events(tx, events, source="deleter", at=real_now())


async def all_published(database: Database) -> None:
    async def none_left() -> bool:
        return await unpublished(database) == 0

    await eventually(none_left)


async def test_committed_event_arrives_with_its_own_id_and_the_seeds_data(database: Database, client: Client) -> None:
    async with database.begin() as tx:
        event_id = await add_event(tx, SERENITY, source="deleter", at=real_now(), run_id=7)

    async with relays(database, client):
        await all_published(database)

    (envelope,) = await stored(client)
    assert envelope.id == event_id
    assert envelope.run_id == 7
    assert envelope.sse_data().startswith(
        '{"message":"Deleted: Serenity (4.72 GB freed)","title":"Serenity","sizeBytes":5069636198,'
    )


async def test_rolled_back_event_never_leaves(database: Database, client: Client) -> None:
    with suppress(ZeroDivisionError):
        async with database.begin() as tx:
            await add_event(tx, SERENITY, source="deleter", at=real_now())
            raise ZeroDivisionError
    await write(database, "after")

    async with relays(database, client):
        await all_published(database)

    assert [envelope.data["title"] for envelope in await stored(client)] == ["after"]


async def test_events_arrive_in_row_order_and_once_under_two_relays(database: Database, client: Client) -> None:
    titles = [f"item {number:04}" for number in range(1200)]
    async with relays(database, client, count=2):
        for start in range(0, len(titles), 100):
            await write(database, *titles[start : start + 100])
        await all_published(database)

    assert [envelope.data["title"] for envelope in await stored(client)] == titles


async def test_republishing_after_a_crash_before_the_mark_adds_nothing(database: Database, client: Client) -> None:
    await write(database, "once")
    async with relays(database, client):
        await all_published(database)
    async with database.begin() as tx:
        await tx.execute(update(m.Outbox).values(published_at=None))

    async with relays(database, client):
        await all_published(database)

    assert len(await stored(client)) == 1


async def test_events_wait_while_nats_has_no_stream(database: Database, client: Client) -> None:
    await client.jetstream().delete_stream(topology.EVENTS.name)
    await write(database, "patient")
    async with relays(database, client):
        await asyncio.sleep(0.3)
        assert await unpublished(database) == 1
        await topology.apply(client.jetstream())
        await all_published(database)

    assert [envelope.data["title"] for envelope in await stored(client)] == ["patient"]


async def test_relay_is_woken_by_the_notification_and_not_by_its_sweep(database: Database, client: Client) -> None:
    async with relays(database, client, sweep_s=3600):
        await write(database, "found when it took the lead")
        await all_published(database)
        for title in ("second", "third"):
            await write(database, title)
            await all_published(database)

    assert [envelope.data["title"] for envelope in await stored(client)][1:] == ["second", "third"]


async def test_sweep_finds_an_event_whose_notification_was_lost(database: Database, client: Client) -> None:
    await write(database, "first")
    async with relays(database, client, sweep_s=0.05):
        await all_published(database)
        async with database.begin() as tx:
            await tx.execute(update(m.Outbox).values(published_at=None))  # no notification goes with it

        await all_published(database)

    assert len(await stored(client)) == 1


async def test_transient_event_is_refused_by_the_outbox(database: Database) -> None:
    progress = DeletionProgress(current_item="", queue_depth=0, processed=0, succeeded=0, failed=0, batch_total=0)
    with pytest.raises(ValueError, match="transient"):
        async with database.begin() as tx:
            await add_event(tx, progress, source="deleter", at=real_now())


async def test_correlation_id_travels_with_the_event(database: Database, client: Client) -> None:
    from libs.common.observability.correlation import bind_correlation

    with bind_correlation("from-the-request"):
        async with database.begin() as tx:
            await add_event(tx, RuleDeleted(rule_id=1, field="title"), source="api", at=real_now())
    async with relays(database, client):
        await all_published(database)

    message = await client.jetstream().get_msg(topology.EVENTS.name, 1)
    assert (message.headers or {})["correlation_id"] == "from-the-request"
