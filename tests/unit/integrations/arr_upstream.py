"""A simulated Lidarr or Readarr over real HTTP, and clients of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.access import access_for
from libs.integrations.config import IntegrationConfig
from libs.integrations.http import UpstreamHttp
from libs.integrations.lidarr import LidarrClient
from libs.integrations.models import MediaReading, SeriesDigest, SourceItem
from libs.integrations.readarr import ReadarrClient
from libs.integrations.systems import SYSTEMS
from libs.integrations.translation import Upstream
from libs.simulator.serve import SimulatorServer
from tests.harness.plain_http import NO_TLS

NAME = "Upstairs"
KINDS = [IntegrationType.LIDARR, IntegrationType.READARR]
ShelfClient = LidarrClient | ReadarrClient


@asynccontextmanager
async def client_on(
    server: SimulatorServer, kind: IntegrationType, *, key: str | None = None, read_timeout_s: float = 5
) -> AsyncIterator[ShelfClient]:
    """A client of the simulated instance of that kind, with a little patience."""
    row = server.instance(kind.value)
    secret = row["apiKey"] if key is None else key
    config = IntegrationConfig(1, kind, NAME, row["url"], SecretStr(secret))
    http = UpstreamHttp(
        httpx.AsyncClient(timeout=read_timeout_s, trust_env=False, verify=NO_TLS),
        Upstream(NAME, SYSTEMS[kind], config.url),
        access=access_for(kind, secret),
        places=asyncio.Semaphore(16),
    )
    client = LidarrClient(http, config) if kind is IntegrationType.LIDARR else ReadarrClient(http, config)
    try:
        yield client
    finally:
        await client.aclose()


async def read(
    client: ShelfClient, known: Mapping[int, SeriesDigest] | None = None
) -> tuple[list[SourceItem], MediaReading]:
    """All items of a reading that comes to its end, and the reading."""
    reading = client.media(known)
    items = [item async for page in reading for item in page]
    assert reading.is_complete
    return items, reading


def calls(server: SimulatorServer) -> dict[str, int]:
    """How often each route was asked since the last time; the URL base is left out."""
    counts = server.do(lambda: dict(server.simulation.counts))
    server.do(server.simulation.counts.clear)
    return {route.partition("/api/v1")[2]: count for route, count in counts.items()}
