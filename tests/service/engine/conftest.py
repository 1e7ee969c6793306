"""Fixtures of the engine's tests: a library, an engine within the test, and engines as processes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from faststream.nats import NatsBroker

from libs.common.db import Database
from libs.common.messaging.transient import Transient
from services.engine.maintenance import Maintenance
from services.engine.preview.pace import PACE, Pace
from services.engine.preview.refresh import PreviewRefresh
from services.engine.runs.cycle import Cycle
from services.engine.runs.leader import Leader
from tests.harness.bus import running_broker
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.harness.processes import ServiceProcess
from tests.service.engine.asking import Asking, answering
from tests.service.engine.rows import Library

Start = Callable[[str], ServiceProcess]


@pytest.fixture
async def library(database: Database, clock: JumpingClock) -> Library:
    """An empty library. Its owner lets a run take all of a disk group: the breaker has tests of its own."""
    made = Library(database, clock)
    await made.preference(max_delete_pct_per_run=100)
    return made


@pytest.fixture
async def broker(nats_url: str) -> AsyncIterator[NatsBroker]:
    """Connected, with streams."""
    async with running_broker(nats_url) as connected:
        yield connected


@pytest.fixture
async def sync(library: Library) -> AsyncIterator[None]:
    """Sync's part: every read ends at once, as the library says."""
    async with running(library.play_sync()):
        yield


@pytest.fixture
async def engine(library: Library, broker: NatsBroker, sync: None) -> AsyncIterator[Leader]:
    """A leading engine that has done its first run, with nothing in the library yet."""
    leader = new_leader(library, broker)
    library.nudge = leader.wake
    async with running(leader.run()):
        await eventually(lambda: library.events("engine_complete"))
        yield leader


@pytest.fixture
async def asking(library: Library, nats_url: str, broker: NatsBroker) -> AsyncIterator[Asking]:
    """An engine that answers questions, and leads as far as a test lets it score."""
    async with answering(library, nats_url, broker) as ready:
        yield ready


def new_leader(library: Library, broker: NatsBroker, *, snapshot_deadline_s: float = 10.0, pace: Pace = PACE) -> Leader:
    """An engine as `services.engine.app` puts it together."""
    db, clock = library.db, library.clock
    refresh = PreviewRefresh(db, clock, Transient(broker, "engine"), pace)
    cycle = Cycle(db, clock, broker, refresh, snapshot_deadline_s)
    return Leader(db, clock, "engine-in-test", cycle, refresh, Maintenance(db, clock))


@asynccontextmanager
async def running(work: object) -> AsyncIterator[None]:
    """The coroutine as a task for the block."""
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]  # coroutine of any kind
    try:
        yield
    finally:
        while not task.done():  # Python 3.11's wait_for, inside nats-py, may lose a cancellation
            task.cancel()
            await asyncio.wait([task], timeout=0.5)


@pytest.fixture
def start(tmp_path: Path, database_url: str, nats_url: str, clock: JumpingClock) -> Iterator[Start]:
    """Starts a replica of the engine and waits until it is ready."""
    started: list[ServiceProcess] = []
    environment = {
        "DATABASE_URL": database_url,
        "NATS_URL": nats_url,
        "SECRET_KEY": "a-secret-key-for-tests-only-0123456789",
        "CLOCK_FILE": str(clock.path),
    }

    def begin(label: str) -> ServiceProcess:
        process = ServiceProcess("engine", label, tmp_path, environment)
        started.append(process)
        process.start()
        process.wait_ready()
        return process

    yield begin
    for process in started:
        process.stop()
