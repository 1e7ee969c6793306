"""A simulator of the fixture world on a real port, and clients with the right keys."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from libs.simulator.fixture import fixture_world
from libs.simulator.serve import SimulatorServer

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    """Two instances on one port."""
    with SimulatorServer(fixture_world(NOW)) as server:
        yield server


@pytest.fixture
async def radarr(simulator: SimulatorServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Radarr's v3 API."""
    async with _client(simulator, "radarr") as client:
        yield client


@pytest.fixture
async def sonarr(simulator: SimulatorServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Sonarr's v3 API."""
    async with _client(simulator, "sonarr") as client:
        yield client


@pytest.fixture
async def control(simulator: SimulatorServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the control API."""
    async with httpx.AsyncClient(base_url=f"{simulator.url}/_sim", timeout=10) as client:
        yield client


def _client(simulator: SimulatorServer, key: str) -> httpx.AsyncClient:
    about = simulator.instance(key)
    return httpx.AsyncClient(base_url=f"{about['url']}/api/v3", headers={"X-Api-Key": about["apiKey"]}, timeout=10)
