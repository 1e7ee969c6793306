"""Fixtures of the sync service's tests."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from libs.common.db import Database
from libs.simulator.builders import world_with
from libs.simulator.fixture import fixture_world
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import MovieSpec, SeasonSpec, ShowSpec
from services.sync.fetch import Reader
from services.sync.upstreams import Upstreams
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.refreshing import Refreshing
from tests.service.sync.rows import BOX, House


@pytest.fixture
def house(database: Database, clock: JumpingClock) -> House:
    """A fresh database at the present moment."""
    return House(database, clock.now())


@pytest.fixture
def town() -> Iterator[SimulatorServer]:
    """Ten movies and two shows of three seasons, on one disk."""
    seasons = [SeasonSpec(number=number) for number in (1, 2, 3)]
    world = world_with(
        movies=[MovieSpec(title=f"Movie {n}", collection="Trilogy" if n < 3 else None) for n in range(10)],
        shows=[ShowSpec(title=f"Show {n}", seasons=seasons) for n in range(2)],
    )
    with SimulatorServer(world) as server:
        yield server


@pytest.fixture
def crew() -> Iterator[SimulatorServer]:
    """The fixture library with its audience, on every system."""
    with SimulatorServer(fixture_world(datetime.now(UTC))) as server:
        yield server


@pytest.fixture
def new_reader(database: Database, clock: JumpingClock) -> Callable[..., Reader]:
    """Makes readers, each like another replica's."""

    def make(deadline_s: float = 20.0) -> Reader:
        upstreams = Upstreams(BOX, allow_loopback=True)
        return Reader(database, clock, upstreams, lambda: str(uuid4()), deadline_s=deadline_s)

    return make


@pytest.fixture
def reader(new_reader: Callable[..., Reader]) -> Reader:
    """One replica's reader."""
    return new_reader()


@pytest.fixture
def fixture_town(clock: JumpingClock) -> Iterator[SimulatorServer]:
    """All eleven systems with the little library that the specification's samples share."""
    with SimulatorServer(fixture_world(clock.now())) as server:
        yield server


@pytest.fixture
def refreshing(house: House, clock: JumpingClock, fixture_town: SimulatorServer, reader: Reader) -> Refreshing:
    """Targeted reads of the fixture's systems."""
    return Refreshing(house, clock, fixture_town, reader)
