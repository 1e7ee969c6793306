"""Random lives of both queues over REST, beside a model that predicts every answer and every list (queue_model.py)."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from libs.common.db import Database
from tests.harness.bus import running_broker
from tests.harness.jumping_clock import JumpingClock
from tests.service.api.queue_machine import QueuesMachine
from tests.service.api.queue_world import World, movies_server
from tests.service.deleter.rows import Owner
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service
logging.getLogger("httpx").setLevel(logging.WARNING)

_STEPS = 25
_SHARE = 10
"""Of the usual number of examples, as one of ours takes seconds; `--hypothesis-profile thorough` does more."""


@pytest.fixture
async def world(api: httpx.AsyncClient, database: Database, clock: JumpingClock, nats_url: str) -> AsyncIterator[World]:
    """A gateway whose owner is logged in, a Radarr of five movies and a deleter."""
    with movies_server() as server:
        async with running_broker(nats_url) as broker:
            town = Town(Owner(database, clock), server, broker)
            world = World(asyncio.get_running_loop(), api, town)
            await world.settle()
            yield world
            await town.close()


@pytest.mark.timeout(600)
async def test_queues_behave_as_their_model_predicts(world: World) -> None:
    few = settings(
        max_examples=settings().max_examples // _SHARE,
        stateful_step_count=_STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )

    class Machine(QueuesMachine):
        def __init__(self) -> None:
            super().__init__(world)

    await asyncio.to_thread(run_state_machine_as_test, Machine, settings=few)
