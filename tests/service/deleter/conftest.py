"""Fixtures of the deleter's tests."""

from collections.abc import AsyncIterator, Iterator

import pytest

from libs.common.db import Database
from libs.simulator.builders import world_with
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import GB, MovieSpec, SeasonSpec, ShowSpec
from tests.harness.bus import running_broker
from tests.harness.jumping_clock import JumpingClock
from tests.service.deleter.rows import Owner
from tests.service.deleter.town import Town


@pytest.fixture
def owner(database: Database, clock: JumpingClock) -> Owner:
    """A fresh database at the present moment."""
    return Owner(database, clock)


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Ten movies of 20 GB and a show of three seasons, on a disk that is 90 % full."""
    movies = [MovieSpec(title=f"Movie {number}", size_bytes=20 * GB) for number in range(1, 11)]
    shows = [ShowSpec(title="Show", seasons=[SeasonSpec(number=number, episodes=4) for number in (1, 2, 3)])]
    with SimulatorServer(world_with(movies=movies, shows=shows)) as running:
        yield running


@pytest.fixture
async def town(owner: Owner, server: SimulatorServer, nats_url: str) -> AsyncIterator[Town]:
    """The library, read and scored; its disk group is in auto."""
    async with running_broker(nats_url) as broker:
        town = Town(owner, server, broker)
        await town.settle()
        yield town
        await town.close()
