"""A system whose every part may be killed, servers included."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from libs.common.db.migrate import migrate
from libs.local.nats import EmbeddedNats
from libs.local.postgres import EmbeddedPostgres
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
def own_postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A Postgres that the test may kill; it keeps its promises about commits."""
    server = EmbeddedPostgres(tmp_path / "servers")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_nats(tmp_path: Path) -> Iterator[EmbeddedNats]:
    """A NATS that the test may kill."""
    server = EmbeddedNats(tmp_path / "servers")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def system(
    tmp_path: Path,
    own_postgres: EmbeddedPostgres,
    own_nats: EmbeddedNats,
    clock: JumpingClock,
    upstreams: SimulatorServer,
) -> AsyncIterator[RunningSystem]:
    """Connected and read once, before anything is killed."""
    await migrate(own_postgres.url)
    running = RunningSystem(tmp_path, own_postgres.url, own_nats.url, clock)
    try:
        running.start()
        await running.log_in()
        await running.connect([upstreams.instance("radarr"), upstreams.instance("sonarr")], deletionsPerMinute=6000)
        await running.run_engine()
        yield running
    finally:
        running.stop()
