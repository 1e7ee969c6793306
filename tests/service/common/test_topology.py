"""Every process brings the server to the same streams and consumers, however often and however many at once."""

import asyncio
from collections.abc import AsyncIterator

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, RetentionPolicy

from libs.common.messaging import topology
from libs.common.messaging.topology import EVENTS, STREAMS, SYNC_WORKER, WORK, WORKERS

HOUR_S = 3600.0


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    client = await nats.connect(nats_url)
    yield client
    await client.close()


async def test_server_gets_every_stream_and_consumer(client: Client) -> None:
    js = client.jetstream()

    await topology.apply(js)

    events = (await js.stream_info(EVENTS.name)).config
    work = (await js.stream_info(WORK.name)).config
    assert (events.max_age, events.max_msgs, events.duplicate_window) == (7 * 24 * HOUR_S, 1_000_000, 600)
    assert work.retention == RetentionPolicy.WORK_QUEUE
    assert {stream.name for stream in STREAMS} == {info.config.name for info in await js.streams_info()}
    for worker in WORKERS:
        assert (await js.consumer_info(worker.stream.name, worker.durable)).config.max_deliver == worker.max_deliver


async def test_replicas_may_apply_it_at_once_and_again(client: Client) -> None:
    js = client.jetstream()

    await asyncio.gather(*(topology.apply(js) for _ in range(5)))
    await topology.apply(js)

    assert len(await js.streams_info()) == len(STREAMS)


async def test_old_consumer_gets_the_configuration_of_this_version(client: Client) -> None:
    js = client.jetstream()
    await js.add_stream(WORK.config(1))
    old = ConsumerConfig(durable_name=SYNC_WORKER.durable, filter_subject=SYNC_WORKER.subject, max_deliver=99)
    await js.add_consumer(WORK.name, old)

    await topology.apply(js)

    assert (await js.consumer_info(WORK.name, SYNC_WORKER.durable)).config.max_deliver == SYNC_WORKER.max_deliver


async def test_adding_what_is_missing_changes_nothing_that_exists(client: Client) -> None:
    js = client.jetstream()
    await topology.apply(js)
    newer = EVENTS.config(1)
    newer.max_msgs = 5
    await js.update_stream(newer)
    await js.delete_stream(WORK.name)

    await topology.add_missing(js)

    assert (await js.stream_info(EVENTS.name)).config.max_msgs == 5
    assert (await js.consumer_info(WORK.name, SYNC_WORKER.durable)).config.max_deliver == SYNC_WORKER.max_deliver


def test_no_two_workers_share_a_subject_of_the_work_queue() -> None:
    subjects = [worker.subject for worker in WORKERS if worker.stream is WORK]

    assert len(set(subjects)) == len(subjects)
    assert len({worker.durable for worker in WORKERS}) == len(WORKERS)
