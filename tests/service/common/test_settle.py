"""Work is done once, tried again with a delay, or parked where an operator finds it; never lost without a word."""

from collections.abc import AsyncIterator, Awaitable, Callable

import nats
import pytest
from faststream import AckPolicy
from faststream.nats import NatsRouter, PullSub
from nats.aio.client import Client
from nats.js.api import RawStreamMsg

from libs.common.messaging import topology
from libs.common.messaging.broker import restore_topology
from libs.common.messaging.settle import PermanentError, settle
from libs.common.messaging.spent import Spent, bury, spent_router
from libs.common.messaging.topology import DEAD, SYNC_WORKER, WORK
from libs.common.messaging.work import SyncIntegration, publish_work
from libs.common.observability.correlation import bind_correlation, correlation_id
from tests.harness.bus import dead_letters, running_broker
from tests.harness.eventually import eventually

Handle = Callable[[SyncIntegration], Awaitable[None]]


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    client = await nats.connect(nats_url)
    yield client
    await client.close()


def worker_router(handle: Handle) -> NatsRouter:
    router = NatsRouter(middlewares=[settle(SYNC_WORKER, retry_delays_s=(0.05,))])

    async def read(work: SyncIntegration) -> None:
        await handle(work)

    router.subscriber(
        SYNC_WORKER.subject,
        stream=SYNC_WORKER.stream.ref(),
        durable=SYNC_WORKER.durable,
        pull_sub=PullSub(timeout=0.2),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
    )(read)
    return router


async def waiting(client: Client) -> int:
    return int((await client.jetstream().stream_info(WORK.name)).state.messages)


async def parked(client: Client) -> RawStreamMsg:
    async def first() -> RawStreamMsg | None:
        letters = await dead_letters(client)
        return letters[0] if letters else None

    return await eventually(first)


async def nothing_waits(client: Client) -> None:
    async def empty() -> bool:
        return await waiting(client) == 0

    await eventually(empty)


async def test_work_that_was_done_leaves_the_queue(nats_url: str, client: Client) -> None:
    done: list[int] = []

    async def handle(work: SyncIntegration) -> None:
        done.append(work.snapshot_id)

    async with running_broker(nats_url, worker_router(handle)) as broker:
        await publish_work(broker, SyncIntegration(snapshot_id=7))
        await eventually(lambda: done)
        await nothing_waits(client)

    assert done == [7]
    assert await dead_letters(client) == []


async def test_same_work_may_be_asked_for_again(nats_url: str) -> None:
    done: list[int] = []

    async def handle(work: SyncIntegration) -> None:
        done.append(work.snapshot_id)

    async with running_broker(nats_url, worker_router(handle)) as broker:
        await publish_work(broker, SyncIntegration(snapshot_id=7))
        await publish_work(broker, SyncIntegration(snapshot_id=7))
        await eventually(lambda: len(done) == 2)


async def test_failed_work_is_tried_again(nats_url: str, client: Client) -> None:
    tries: list[int] = []

    async def handle(work: SyncIntegration) -> None:
        tries.append(work.snapshot_id)
        if len(tries) < 3:
            raise OSError("the upstream is away")

    async with running_broker(nats_url, worker_router(handle)) as broker:
        await publish_work(broker, SyncIntegration(snapshot_id=1))
        await eventually(lambda: len(tries) == 3)
        await nothing_waits(client)

    assert await dead_letters(client) == []


async def test_work_that_always_fails_is_parked_after_its_last_try(nats_url: str, client: Client) -> None:
    tries: list[int] = []

    async def handle(work: SyncIntegration) -> None:
        tries.append(work.snapshot_id)
        raise OSError("the upstream is away")

    async with running_broker(nats_url, worker_router(handle)) as broker:
        await publish_work(broker, SyncIntegration(snapshot_id=1))
        letter = await parked(client)
        await nothing_waits(client)

    assert len(tries) == SYNC_WORKER.max_deliver
    assert letter.subject == "capacitarr.dead.sync.integration"
    assert letter.data == b'{"snapshot_id":1}'
    assert (letter.headers or {})["x-error"] == "OSError"


async def test_work_that_no_repetition_can_mend_is_parked_at_once(nats_url: str, client: Client) -> None:
    tries: list[int] = []

    async def handle(work: SyncIntegration) -> None:
        tries.append(work.snapshot_id)
        raise PermanentError("no such snapshot")

    async with running_broker(nats_url, worker_router(handle)) as broker:
        await publish_work(broker, SyncIntegration(snapshot_id=1))
        await parked(client)
        await nothing_waits(client)

    assert tries == [1]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="broken"),
        pytest.param(b'{"snapshot_id": 0}', id="impossible id"),
        pytest.param(b'{"snapshot_id": 1, "also": 2}', id="unknown member"),
    ],
)
async def test_unreadable_message_is_parked_as_it_came(nats_url: str, client: Client, body: bytes) -> None:
    tries: list[int] = []

    async def handle(work: SyncIntegration) -> None:
        tries.append(work.snapshot_id)

    async with running_broker(nats_url, worker_router(handle)):
        await client.jetstream().publish(SYNC_WORKER.subject, body, headers={"content-type": "application/json"})
        letter = await parked(client)

    assert letter.data == body
    assert tries == []


async def test_message_whose_every_try_was_killed_is_buried_once(nats_url: str, client: Client) -> None:
    js = client.jetstream()
    await topology.apply(js)
    await js.publish(SYNC_WORKER.subject, b'{"snapshot_id":9}')
    killed = await js.pull_subscribe(SYNC_WORKER.subject, SYNC_WORKER.durable, stream=WORK.name)
    for _ in range(SYNC_WORKER.max_deliver):
        (message,) = await killed.fetch(1, timeout=5)
        await message.nak()
    with pytest.raises(nats.errors.TimeoutError):
        await killed.fetch(1, timeout=0.3)  # the server speaks up only when somebody asks again

    async with running_broker(nats_url, spent_router()) as broker:
        letter = await parked(client)
        await nothing_waits(client)
        await bury(
            Spent(stream=WORK.name, consumer=SYNC_WORKER.durable, stream_seq=1), broker, broker.connection.jetstream()
        )

    assert letter.data == b'{"snapshot_id":9}'
    assert (letter.headers or {})["x-error"] == "deliveries spent"
    assert len(await dead_letters(client)) == 1


async def test_work_runs_under_the_correlation_id_of_who_asked(nats_url: str) -> None:
    seen: list[str | None] = []

    async def handle(_work: SyncIntegration) -> None:
        seen.append(correlation_id())

    async with running_broker(nats_url, worker_router(handle)) as broker:
        with bind_correlation("request-1"):
            await publish_work(broker, SyncIntegration(snapshot_id=1))
        await eventually(lambda: seen)

    assert seen == ["request-1"]


async def test_workers_go_on_after_the_server_lost_its_store(nats_url: str, client: Client) -> None:
    done: list[int] = []

    async def handle(work: SyncIntegration) -> None:
        done.append(work.snapshot_id)

    async with running_broker(nats_url, worker_router(handle)) as broker:
        for stream in topology.STREAMS:
            await client.jetstream().delete_stream(stream.name)
        await restore_topology(broker, replicas=1)
        await publish_work(broker, SyncIntegration(snapshot_id=3))
        await eventually(lambda: done)

    assert done == [3]
    assert (await client.jetstream().stream_info(DEAD.name)).state.messages == 0
