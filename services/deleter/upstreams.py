"""The only place where the deleter opens clients: one per integration, opened anew when a person has saved it."""

import asyncio
from dataclasses import dataclass, field

from pydantic import SecretStr

from libs.common.security.secrets import SealError, SecretBox
from libs.integrations.capabilities import Client, Deleter, NowPlaying, Preflight, capability
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.errors import ErrorClass, UpstreamDeniedError, UpstreamError
from libs.integrations.models import UpstreamSafety
from libs.integrations.registry import open_client
from libs.integrations.urls import BaseUrlError, normalise_base_url
from services.deleter.claimed import Source

SAFETY_GOOD_FOR_S = 30.0
"""How long a look at root folders and health serves the deletions that follow it."""

SESSIONS_GOOD_FOR_S = 3.0
"""How long the word of a media server about who is watching serves; a failure to tell as well."""


@dataclass
class Upstream:
    """An open client, what was last seen of its safety, and who was watching when it was last asked."""

    client: Client
    _seen: tuple[float, UpstreamSafety] | None = field(default=None, repr=False)
    _watched: tuple[float, frozenset[str] | UpstreamError] | None = field(default=None, repr=False)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    @property
    def deleter(self) -> Deleter:
        """The client's deletions. Raises `MissingCapabilityError` for a system that has none."""
        return capability(self.client, Deleter)

    async def safety(self) -> UpstreamSafety:
        """Root folders and health, at most half a minute old."""
        now = asyncio.get_running_loop().time()
        if self._seen is None or now - self._seen[0] > SAFETY_GOOD_FOR_S:
            self._seen = now, await capability(self.client, Preflight).safety()
        return self._seen[1]

    async def now_playing(self) -> frozenset[str]:
        """Native ids of what is being watched, told at most three seconds ago. Raises `UpstreamError`."""
        async with self._asking:
            if self._watched is None or asyncio.get_running_loop().time() - self._watched[0] > SESSIONS_GOOD_FOR_S:
                self._watched = await self._who_is_watching()
        told = self._watched[1]
        if isinstance(told, UpstreamError):
            raise told
        return told

    async def _who_is_watching(self) -> tuple[float, frozenset[str] | UpstreamError]:
        began = asyncio.get_running_loop().time()
        try:
            return began, await capability(self.client, NowPlaying).now_playing()
        except UpstreamError as exc:
            return asyncio.get_running_loop().time(), exc


class Upstreams:
    """Open clients by integration."""

    def __init__(self, box: SecretBox, *, allow_loopback: bool) -> None:
        self._box = box
        self._network = Network(allow_loopback=allow_loopback)
        self._open: dict[int, tuple[Source, Upstream]] = {}
        self._stale: list[Upstream] = []

    def of(self, source: Source) -> Upstream:
        """The client for an integration as it is stored now (T108). Raises `UpstreamError` when it cannot be opened."""
        known = self._open.get(source.id)
        if known is not None and known[0] == source:
            return known[1]
        if known is not None:
            self._stale.append(known[1])
        upstream = Upstream(open_client(self._config(source), self._network))
        self._open[source.id] = source, upstream
        return upstream

    def _config(self, source: Source) -> IntegrationConfig:
        try:
            return IntegrationConfig(
                id=source.id,
                type=source.type,
                name=source.name,
                url=normalise_base_url(source.url),
                api_key=SecretStr(self._box.open(source.api_key)),
                verify_tls=source.verify_tls,
                ca_bundle=source.ca_bundle,
            )
        except (SealError, BaseUrlError) as exc:
            raise UpstreamDeniedError(ErrorClass.BAD_ADDRESS, str(exc)) from exc

    async def close(self) -> None:
        """Close every client."""
        for upstream in (*self._stale, *(upstream for _, upstream in self._open.values())):
            await upstream.client.aclose()
        self._open.clear()
        self._stale.clear()
