"""A running system with simulated upstreams, shared by the tests of a worker and as good as new for each."""

from collections.abc import AsyncIterator, Iterator

import pytest

from libs.simulator.serve import SimulatorServer
from tests.harness.library import full_library
from tests.harness.servers import PostgresServer
from tests.harness.shared_system import SharedSystem
from tests.harness.system import RunningSystem


@pytest.fixture
def upstreams() -> Iterator[SimulatorServer]:
    """A Radarr and a Sonarr whose disk is 90 % full."""
    with SimulatorServer(full_library()) as server:
        yield server


@pytest.fixture(scope="session")
def shared_system(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedSystem]:
    """The worker's processes."""
    shared = SharedSystem(lambda: tmp_path_factory.mktemp("system"), postgres)
    yield shared
    shared.stop()


@pytest.fixture
async def system(shared_system: SharedSystem, upstreams: SimulatorServer) -> AsyncIterator[RunningSystem]:
    """All five services, and an owner who is logged in. Its processes may neither be ended nor be configured anew."""
    yield await shared_system.take()
    upstreams.heal()
    await shared_system.give_back()


@pytest.fixture
async def connected(system: RunningSystem, upstreams: SimulatorServer) -> RunningSystem:
    """The system with both upstreams added and read once; its one disk group, in dry-run, has dispatched nothing."""
    await system.connect([upstreams.instance("radarr"), upstreams.instance("sonarr")], deletionsPerMinute=6000)
    await system.run_engine()
    return system
