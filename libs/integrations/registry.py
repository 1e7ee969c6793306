"""Which client belongs to which integration type, and how one is put together."""

from collections.abc import Callable, Mapping
from importlib.metadata import version

import httpx

from libs.common.domain.enums import IntegrationType
from libs.integrations.access import access_for
from libs.integrations.addresses import CheckedTransport
from libs.integrations.capabilities import Client, capability
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.emby import EmbyClient
from libs.integrations.http import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, UpstreamHttp
from libs.integrations.jellyfin import JellyfinClient
from libs.integrations.jellystat import JellystatClient
from libs.integrations.lidarr import LidarrClient
from libs.integrations.plex import PlexClient
from libs.integrations.radarr import RadarrClient
from libs.integrations.readarr import ReadarrClient
from libs.integrations.seerr import SeerrClient
from libs.integrations.sonarr import SonarrClient
from libs.integrations.systems import SYSTEMS
from libs.integrations.tautulli import TautulliClient
from libs.integrations.tls import tls_context
from libs.integrations.tracearr import TracearrClient
from libs.integrations.translation import Upstream

__all__ = ["IntegrationConfig", "Network", "capability", "open_client"]

_CLIENTS: Mapping[IntegrationType, Callable[[UpstreamHttp, IntegrationConfig], Client]] = {
    IntegrationType.SONARR: SonarrClient,
    IntegrationType.RADARR: RadarrClient,
    IntegrationType.LIDARR: LidarrClient,
    IntegrationType.READARR: ReadarrClient,
    IntegrationType.PLEX: PlexClient,
    IntegrationType.TAUTULLI: TautulliClient,
    IntegrationType.JELLYSTAT: JellystatClient,
    IntegrationType.JELLYFIN: JellyfinClient,
    IntegrationType.EMBY: EmbyClient,
    IntegrationType.TRACEARR: TracearrClient,
    IntegrationType.SEERR: SeerrClient,
}


def open_client(config: IntegrationConfig, network: Network) -> Client:
    """A client with its own connection pool; nothing is sent yet. The caller closes it with `aclose()`.

    Raises `UpstreamDeniedError` when the CA bundle cannot be read.
    """
    upstream = Upstream(config.name, SYSTEMS[config.type], config.url)
    access = access_for(config.type, config.api_key.get_secret_value())
    http = UpstreamHttp(_http_client(config, network), upstream, access=access, places=network.places)
    return _CLIENTS[config.type](http, config)


def _http_client(config: IntegrationConfig, network: Network) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=network.transport or _transport(config, network),
        timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        headers={"User-Agent": f"capacitarr/{version('capacitarr')}", "Accept-Encoding": "gzip"},
        follow_redirects=False,
        # A proxy from the environment would resolve names itself, behind the back of the address check.
        trust_env=False,
    )


def _transport(config: IntegrationConfig, network: Network) -> httpx.AsyncBaseTransport:
    context = tls_context(config.name, verify=config.verify_tls, ca_bundle=config.ca_bundle)
    parallel = SYSTEMS[config.type].parallel
    limits = httpx.Limits(max_connections=parallel + 1, max_keepalive_connections=parallel)
    inner = httpx.AsyncHTTPTransport(verify=context, limits=limits, trust_env=False)
    return CheckedTransport(inner, allow_loopback=network.allow_loopback)
