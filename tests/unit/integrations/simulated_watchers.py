"""Seerr and Tracearr over real HTTP: the simulated ones on loopback, and clients of them that do not wait long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import SecretStr

from libs.common.clock import real_now
from libs.common.domain.enums import IntegrationType
from libs.integrations.access import access_for
from libs.integrations.audience import Reading
from libs.integrations.config import IntegrationConfig
from libs.integrations.http import UpstreamHttp
from libs.integrations.seerr import SeerrClient
from libs.integrations.systems import SYSTEMS
from libs.integrations.tracearr import TracearrClient
from libs.integrations.translation import Upstream
from libs.simulator.audience import History
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer

NAME = "Upstairs"


def simulated(profile: str) -> SimulatorServer:
    """A simulator over a library of that profile, not started yet."""
    return SimulatorServer(generate(profile, 1, real_now()))


def history_of(simulator: SimulatorServer) -> History:
    """What its Tracearr has recorded, and how that is set."""
    return simulator.world.histories["tracearr"]


def upstream(
    config: IntegrationConfig, transport: httpx.AsyncBaseTransport | None = None, *, read_s: float = 30
) -> UpstreamHttp:
    """The door to an upstream; `read_s` is how long it waits for the next piece of an answer."""
    return UpstreamHttp(
        httpx.AsyncClient(transport=transport, trust_env=False, timeout=read_s),
        Upstream(config.name, SYSTEMS[config.type], config.url),
        access=access_for(config.type, config.api_key.get_secret_value()),
        places=asyncio.Semaphore(16),
    )


def config_of(simulator: SimulatorServer, kind: IntegrationType, key: str | None = None) -> IntegrationConfig:
    """The integration with the right key or with another one."""
    installed = simulator.instance(kind.value)
    shown = installed["apiKey"] if key is None else key
    return IntegrationConfig(1, kind, NAME, installed["url"], SecretStr(shown))


@asynccontextmanager
async def seerr_on(
    simulator: SimulatorServer, *, key: str | None = None, deadline_s: float = 30, read_s: float = 30
) -> AsyncIterator[SeerrClient]:
    """A client of the simulated Seerr."""
    config = config_of(simulator, IntegrationType.SEERR, key)
    client = SeerrClient(upstream(config, read_s=read_s), config, deadline_s=deadline_s)
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def tracearr_on(
    simulator: SimulatorServer, *, key: str | None = None, read_s: float = 30, **how: Any
) -> AsyncIterator[TracearrClient]:
    """A client of the simulated Tracearr; `how` far and how long it reads."""
    config = config_of(simulator, IntegrationType.TRACEARR, key)
    client = TracearrClient(upstream(config, read_s=read_s), config, **how)
    try:
        yield client
    finally:
        await client.aclose()


async def all_of(reading: Reading[Any]) -> list[Any]:
    """Everything of a reading that came to its end."""
    rows = [row async for page in reading for row in page]
    assert reading.is_complete
    return rows
