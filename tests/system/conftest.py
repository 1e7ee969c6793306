"""A running system with simulated upstreams, fresh for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from libs.simulator.serve import SimulatorServer
from tests.harness.jumping_clock import JumpingClock
from tests.harness.library import full_library
from tests.harness.system import RunningSystem


@pytest.fixture
def upstreams() -> Iterator[SimulatorServer]:
    """A Radarr and a Sonarr whose disk is 90 % full."""
    with SimulatorServer(full_library()) as server:
        yield server


@pytest.fixture
async def system(tmp_path: Path, database_url: str, nats_url: str, clock: JumpingClock) -> AsyncIterator[RunningSystem]:
    """All five services, and an owner who is logged in."""
    running = RunningSystem(tmp_path, database_url, nats_url, clock)
    try:
        running.start()
        await running.log_in()
        yield running
    finally:
        running.stop()


@pytest.fixture
async def connected(system: RunningSystem, upstreams: SimulatorServer) -> RunningSystem:
    """The system with both upstreams added and read once; its one disk group, in dry-run, has dispatched nothing."""
    await system.connect([upstreams.instance("radarr"), upstreams.instance("sonarr")], deletionsPerMinute=6000)
    await system.run_engine()
    return system
