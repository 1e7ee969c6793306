"""A simulated Jellyfin or Emby over real HTTP, its client, and what the world says that a reading must bring."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.access import access_for
from libs.integrations.audience import Reading
from libs.integrations.config import IntegrationConfig
from libs.integrations.emby import EmbyClient
from libs.integrations.http import UpstreamHttp
from libs.integrations.jellyfin import JellyfinClient
from libs.integrations.mediabrowser.client import MediaBrowserClient
from libs.integrations.systems import SYSTEMS
from libs.integrations.translation import Upstream
from libs.simulator.audience import MediaServer, ServerTitle
from libs.simulator.mediabrowser.server import MediaBrowserServer
from libs.simulator.serve import SimulatorServer
from tests.harness.plain_http import NO_TLS

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
NAME = "Living room"
KINDS = [IntegrationType.JELLYFIN, IntegrationType.EMBY]
CLIENTS: dict[IntegrationType, type[MediaBrowserClient]] = {
    IntegrationType.JELLYFIN: JellyfinClient,
    IntegrationType.EMBY: EmbyClient,
}


class Counted(NamedTuple):
    """What one person did with one movie or episode."""

    plays: int
    last_at: datetime
    title_id: str
    season: int | None


@asynccontextmanager
async def client_on(
    server: SimulatorServer,
    kind: IntegrationType,
    *,
    key: str | None = None,
    read_timeout_s: float = 5,
    deadline_s: float = 20,
) -> AsyncIterator[MediaBrowserClient]:
    """A client of the simulated server of that kind, with a little patience."""
    row = server.instance(kind.value)
    config = IntegrationConfig(1, kind, NAME, row["url"], SecretStr(row["apiKey"] if key is None else key))
    transport = httpx.AsyncClient(timeout=read_timeout_s, trust_env=False, verify=NO_TLS)
    client = client_over(transport, config, deadline_s=deadline_s)
    try:
        yield client
    finally:
        await client.aclose()


def client_over(
    transport: httpx.AsyncClient, config: IntegrationConfig, *, deadline_s: float = 20
) -> MediaBrowserClient:
    """A client that sends its calls over `transport`."""
    access = access_for(config.type, config.api_key.get_secret_value())
    upstream = Upstream(config.name, SYSTEMS[config.type], config.url)
    http = UpstreamHttp(transport, upstream, access=access, places=asyncio.Semaphore(16))
    return CLIENTS[config.type](http, config, deadline_s=deadline_s)


async def everything(reading: Reading[Any]) -> list[Any]:
    """All rows of a reading that comes to its end."""
    rows = [row async for page in reading for row in page]
    assert reading.is_complete
    return rows


def media(server: SimulatorServer, kind: IntegrationType) -> MediaServer:
    """What the simulated server holds."""
    return server.world.media_servers[kind.value]


def id_text(server: SimulatorServer, kind: IntegrationType, native: int) -> str:
    """How the simulated server writes an item's number."""
    found = server.simulation.systems[kind.value].server
    assert isinstance(found, MediaBrowserServer)
    return found.id_text(native)


def counted(server: SimulatorServer, kind: IntegrationType) -> dict[str, Counted]:
    """What the plays of the world add up to, by the id a play must have."""
    held = media(server, kind)
    found: dict[str, Counted] = {}
    for view in held.plays:
        title = held.titles[view.title]
        item = id_text(server, kind, _native(title, view.season, view.episode))
        play_id = f"{server.world.people[view.person].media_id}:{item}"
        before = found[play_id].plays if play_id in found else 0
        last_at = datetime.fromtimestamp(view.at, UTC)
        season = view.season if view.episode else None
        found[play_id] = Counted(before + 1, last_at, id_text(server, kind, title.native), season)
    return found


def _native(title: ServerTitle, number: int, episode: int) -> int:
    season = next((each for each in title.seasons if each.number == number), None)
    return title.native if season is None else season.first + episode - 1
