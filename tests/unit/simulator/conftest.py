"""Callers of the fixture world."""

from datetime import UTC, datetime

import pytest

from libs.simulator.fixture import fixture_world
from libs.simulator.simulation import Simulation
from tests.unit.simulator.arr_caller import Caller

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def simulation() -> Simulation:
    """Servers over the fixture world."""
    return Simulation(fixture_world(NOW))


@pytest.fixture
def sonarr(simulation: Simulation) -> Caller:
    return Caller(simulation, "sonarr")


@pytest.fixture
def lidarr(simulation: Simulation) -> Caller:
    return Caller(simulation, "lidarr")


@pytest.fixture
def readarr(simulation: Simulation) -> Caller:
    return Caller(simulation, "readarr")


@pytest.fixture
def radarr(simulation: Simulation) -> Caller:
    return Caller(simulation, "radarr")
