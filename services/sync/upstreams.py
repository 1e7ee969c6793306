"""The only place where sync opens clients: from a stored integration to something that can be asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from libs.common.security.secrets import SecretBox
from libs.integrations.capabilities import Client
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.registry import open_client
from libs.integrations.urls import normalise_base_url
from services.sync.integrations import Source


class Upstreams:
    """Opens one pooled client per read, always with the configuration as it is stored now (T108)."""

    def __init__(self, box: SecretBox, *, allow_loopback: bool) -> None:
        self._box = box
        self._network = Network(allow_loopback=allow_loopback)

    @asynccontextmanager
    async def open(self, source: Source) -> AsyncIterator[Client]:
        """A client for a stored integration. Raises `SealError`, `BaseUrlError`, `UpstreamError` if it cannot be."""
        config = IntegrationConfig(
            id=source.id,
            type=source.type,
            name=source.name,
            url=normalise_base_url(source.url),
            api_key=SecretStr(self._box.open(source.api_key)),
            verify_tls=source.verify_tls,
            ca_bundle=source.ca_bundle,
        )
        async with self.open_config(config) as client:
            yield client

    @asynccontextmanager
    async def open_config(self, config: IntegrationConfig) -> AsyncIterator[Client]:
        """A client for any configuration."""
        client = open_client(config, self._network)
        try:
            yield client
        finally:
            await client.aclose()
