"""What is needed to open a client: one configured integration and the network it may use."""

import asyncio
from dataclasses import dataclass, field

import httpx
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.http import PARALLEL_OVERALL


@dataclass(frozen=True, slots=True)
class IntegrationConfig:
    """One integration. `url` is normalised (urls.py); `ca_bundle` is PEM text or the path of a PEM file."""

    id: int
    type: IntegrationType
    name: str
    url: str
    api_key: SecretStr
    verify_tls: bool = True
    ca_bundle: str | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """What all clients of one process share. `transport` replaces the real network in tests of the wire."""

    allow_loopback: bool = True
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PARALLEL_OVERALL))
    transport: httpx.AsyncBaseTransport | None = None
