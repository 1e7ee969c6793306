"""Fixtures every ring may ask for; what they are made of lives in tests/harness."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import nats
import pytest
import structlog
from hypothesis import settings
from nats.js.errors import NotFoundError

from libs.common.db import Database
from tests.harness.alike_dialect import share_compiled_statements
from tests.harness.jumping_clock import JumpingClock
from tests.harness.servers import PostgresServer, nats_server, postgres_server, trust_one_authority, wipe_environment

wipe_environment()
# how long an example takes depends on who else uses the machine, the first one above all
settings.register_profile("untimed", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile("untimed")
trust_one_authority()
share_compiled_statements()
# structlog's own default renders every local variable of every frame: minutes for one error of a database
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The worker's Postgres, with the migrated template."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def nats_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The worker's NATS."""
    with nats_server(tmp_path_factory.mktemp("nats")) as url:
        yield url


@pytest.fixture
async def database_url(postgres: PostgresServer) -> AsyncIterator[str]:
    """The address of a fresh, migrated database that is dropped afterwards."""
    name = await postgres.clone()
    yield postgres.url_of(name)
    await postgres.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database."""
    db = Database(database_url)
    yield db
    await db.dispose()


@pytest.fixture
async def nats_url(nats_address: str) -> AsyncIterator[str]:
    """A NATS server without streams; those a test made are removed afterwards."""
    await _remove_streams(nats_address)
    yield nats_address
    await _remove_streams(nats_address)


async def _remove_streams(url: str) -> None:
    client = await nats.connect(url)
    try:
        js = client.jetstream()
        for stream in await js.streams_info():
            try:
                await js.delete_stream(stream.config.name or "")
            except NotFoundError:
                continue
    finally:
        await client.close()


@pytest.fixture
def clock(tmp_path: Path) -> JumpingClock:
    """Business time that a test can move."""
    return JumpingClock(tmp_path / "clock.json")
