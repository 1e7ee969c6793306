"""Tautulli and Jellystat over real HTTP: the simulated ones on loopback, and clients of them that do not wait long."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.access import access_for
from libs.integrations.audience import Play, PlayReading
from libs.integrations.config import IntegrationConfig
from libs.integrations.http import UpstreamHttp
from libs.integrations.jellystat import JellystatClient
from libs.integrations.systems import SYSTEMS
from libs.integrations.tautulli import TautulliClient
from libs.integrations.translation import Upstream
from libs.simulator.audience import History, MediaServer, ViewEvent
from libs.simulator.serve import SimulatorServer
from tests.harness.plain_http import NO_TLS

HistoryClient = TautulliClient | JellystatClient
NAMES = {IntegrationType.TAUTULLI: "Tautulli upstairs", IntegrationType.JELLYSTAT: "Jellystat upstairs"}
KINDS = tuple(NAMES)
_BUILD: dict[IntegrationType, Callable[..., HistoryClient]] = {
    IntegrationType.TAUTULLI: TautulliClient,
    IntegrationType.JELLYSTAT: JellystatClient,
}


def answering(kind: IntegrationType, payload: Any) -> HistoryClient:
    """A client of something that answers every call with the same JSON."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=payload))
    return _opened(kind, "http://nas.test", "k3y", httpx.AsyncClient(transport=transport))


def client_of(
    simulator: SimulatorServer, kind: IntegrationType, *, key: str | None = None, url: str | None = None, **options: Any
) -> HistoryClient:
    """A client of the history, with the right key and address or with others."""
    installed = simulator.instance(kind.value)
    shown = installed["apiKey"] if key is None else key
    address = installed["url"] if url is None else url
    return _opened(kind, address, shown, httpx.AsyncClient(trust_env=False, verify=NO_TLS), **options)


def _opened(kind: IntegrationType, url: str, key: str, client: httpx.AsyncClient, **options: Any) -> HistoryClient:
    config = IntegrationConfig(1, kind, NAMES[kind], url, SecretStr(key))
    upstream = Upstream(config.name, SYSTEMS[kind], config.url)
    http = UpstreamHttp(client, upstream, access=access_for(kind, key), places=asyncio.Semaphore(16))
    return _BUILD[kind](http, config, **options)


def history_of(simulator: SimulatorServer, kind: IntegrationType) -> History:
    """The history's own truth."""
    return simulator.world.histories[kind.value]


def media_of(simulator: SimulatorServer, kind: IntegrationType) -> MediaServer:
    """The media server that the history watches."""
    return simulator.world.media_servers[history_of(simulator, kind).servers[0]]


def recorded(simulator: SimulatorServer, kind: IntegrationType) -> list[ViewEvent]:
    """The plays that the history has seen."""
    since = history_of(simulator, kind).since
    return [view for view in media_of(simulator, kind).plays if view.at >= since]


async def read(client: HistoryClient, since: Any = None) -> tuple[list[Play], PlayReading]:
    """All plays of a reading that came to its end, and the reading."""
    reading = client.plays(since)
    plays = [play async for page in reading for play in page]
    assert reading.is_complete
    return plays, reading
