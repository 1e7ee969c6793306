"""Fixtures of the gateway's own tests."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from libs.common.db import Database
from libs.common.settings import Settings, load_settings
from services.api.preview.truth import PATIENCE, Patience
from tests.harness.bus import running_broker
from tests.harness.jumping_clock import JumpingClock
from tests.service.api.running_gateway import SECRET_KEY, RunningGateway, serving
from tests.service.engine.asking import Asking, answering
from tests.service.engine.rows import Library


@pytest.fixture
def api_settings(database_url: str, nats_url: str, clock: JumpingClock) -> Callable[..., Settings]:
    """Settings of a gateway on this test's servers; more by name."""

    def make(**more: str) -> Settings:
        return load_settings(
            {
                "DATABASE_URL": database_url,
                "NATS_URL": nats_url,
                "SECRET_KEY": SECRET_KEY,
                "CLOCK_FILE": str(clock.path),
                "LOGIN_LIMIT": "1000",
                "TEST_LIMIT": "1000",
                "RUN_LIMIT": "1000",
                **more,
            }
        )

    return make


@pytest.fixture
def patience() -> Patience:
    """How long the gateway's requests wait for the preview; a test that wants another says so by its parameters."""
    return PATIENCE


@pytest.fixture
async def gateway(
    api_settings: Callable[..., Settings], database: Database, patience: Patience
) -> AsyncIterator[RunningGateway]:
    """A gateway whose owner has logged in."""
    async with serving(api_settings(), database, patience=patience) as running:
        await running.make_owner()
        yield running


@pytest.fixture
async def api(gateway: RunningGateway) -> AsyncIterator[httpx.AsyncClient]:
    """The owner's client."""
    async with gateway.owner() as client:
        yield client


@pytest.fixture
def library(database: Database, clock: JumpingClock) -> Library:
    """An empty library."""
    return Library(database, clock)


@pytest.fixture
async def engine(library: Library, nats_url: str, api: httpx.AsyncClient) -> AsyncIterator[Asking]:
    """An engine that answers the gateway, which has made the streams."""
    async with running_broker(nats_url) as broker, answering(library, nats_url, broker) as ready:
        yield ready
