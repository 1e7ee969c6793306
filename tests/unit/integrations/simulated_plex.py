"""A Plex over real HTTP: the simulated one on loopback, and clients of it that do not wait long."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.access import access_for
from libs.integrations.audience import Play, PlayReading, Reading
from libs.integrations.config import IntegrationConfig
from libs.integrations.http import UpstreamHttp
from libs.integrations.plex import PlexClient
from libs.integrations.systems import SYSTEMS
from libs.integrations.translation import Upstream
from libs.simulator.audience import MediaServer, ViewEvent
from libs.simulator.faults import FaultKind
from libs.simulator.plex.server import PlexServer
from libs.simulator.serve import SimulatorServer
from tests.harness.plain_http import NO_TLS

NAME = "Plex upstairs"
_DEADLINE_S = 1.0
_SLOW = frozenset({FaultKind.TIMEOUT, FaultKind.SLOW_DRIP})


def media_of(simulator: SimulatorServer) -> MediaServer:
    """The Plex's own truth."""
    return simulator.world.media_servers["plex"]


def token_of(simulator: SimulatorServer, person: int) -> str:
    """The token of somebody with an account on the simulated Plex."""
    server = simulator.simulation.systems["plex"].server
    assert isinstance(server, PlexServer)
    return server.token_of(person)


def client_of(simulator: SimulatorServer, token: str | None = None, *, deadline_s: float = 30) -> PlexClient:
    """A client with the owner's token, or another one."""
    installed = simulator.instance("plex")
    kind = IntegrationType.PLEX
    key = installed["apiKey"] if token is None else token
    config = IntegrationConfig(1, kind, NAME, installed["url"], SecretStr(key))
    http = UpstreamHttp(
        httpx.AsyncClient(trust_env=False, verify=NO_TLS),
        Upstream(NAME, SYSTEMS[kind], config.url),
        access=access_for(kind, key),
        places=asyncio.Semaphore(16),
    )
    return PlexClient(http, config, deadline_s=deadline_s)


def impatient(simulator: SimulatorServer) -> PlexClient:
    """A client that soon gives up on a server that keeps it waiting, and gives a busy machine its time otherwise."""
    is_slow = any(rule.kind in _SLOW for rule in simulator.simulation.faults.rules)
    return client_of(simulator, deadline_s=_DEADLINE_S if is_slow else 30)


async def all_of(reading: Reading[Any]) -> list[Any]:
    """Everything of a reading that came to its end."""
    found = [row async for page in reading for row in page]
    assert reading.is_complete
    return found


async def plays_of(client: PlexClient, read: Callable[[PlexClient], PlayReading]) -> tuple[list[Play], PlayReading]:
    """All plays, and what the reading found out besides."""
    reading = read(client)
    return await all_of(reading), reading


def finished(media: MediaServer) -> list[ViewEvent]:
    """The plays that reached the end: no others are in a Plex's history."""
    return [view for view in media.plays if view.seconds >= 0.9 * media.titles[view.title].runtime_s]
