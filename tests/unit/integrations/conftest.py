"""Retries without their pauses (how long they wait is tested on the rule itself), and simulators a module shares."""

from collections.abc import Iterator

import pytest
import stamina

from libs.simulator.serve import SimulatorServer
from tests.unit.integrations.simulated_watchers import history_of, simulated


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(scope="module")
def served() -> Iterator[SimulatorServer]:
    with simulated("small") as server:
        yield server


@pytest.fixture(scope="module")
def old_served() -> Iterator[SimulatorServer]:
    with simulated("small") as server:
        history_of(server).settings.has_v2 = False
        yield server


@pytest.fixture
def simulator(served: SimulatorServer) -> Iterator[SimulatorServer]:
    yield served
    served.heal()


@pytest.fixture
def old(old_served: SimulatorServer) -> Iterator[SimulatorServer]:
    yield old_served
    old_served.heal()


@pytest.fixture
def fixture_world() -> Iterator[SimulatorServer]:
    with simulated("fixture") as server:
        yield server
