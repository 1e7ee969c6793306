"""A broker of ours on a test's NATS, and what the dead stream holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream.nats import NatsBroker, NatsRouter
from nats.aio.client import Client
from nats.js.api import RawStreamMsg
from prometheus_client import CollectorRegistry

from libs.common.messaging import topology
from libs.common.messaging.broker import build_broker
from libs.common.messaging.start import connect
from libs.common.settings import Settings, load_settings


def settings_for(nats_url: str) -> Settings:
    """The least a process needs to know."""
    return load_settings(
        {"DATABASE_URL": "postgresql://unused", "NATS_URL": nats_url, "SECRET_KEY": "only-for-tests-0123456789"}
    )


@asynccontextmanager
async def running_broker(nats_url: str, *routers: NatsRouter) -> AsyncIterator[NatsBroker]:
    """Built, connected and started as a service does it."""
    broker = build_broker(settings_for(nats_url), "test", CollectorRegistry())
    for router in routers:
        broker.include_router(router)
    await connect(broker, replicas=1)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


async def dead_letters(client: Client) -> list[RawStreamMsg]:
    """Everything that was given up on, in order."""
    js = client.jetstream()
    state = (await js.stream_info(topology.DEAD.name)).state
    if state.messages == 0:
        return []
    return [await js.get_msg(topology.DEAD.name, seq) for seq in range(state.first_seq, state.last_seq + 1)]
