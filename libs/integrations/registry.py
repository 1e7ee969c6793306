"""Which client belongs to which integration type, and how one is put together."""

from collections.abc import Callable, Mapping
from importlib.metadata import version

import httpx

from libs.common.domain.enums import IntegrationType
from libs.integrations.addresses import CheckedTransport
from libs.integrations.arr.client import ArrClient
from libs.integrations.capabilities import capability
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.http import CONNECT_TIMEOUT_S, PARALLEL_PER_UPSTREAM, READ_TIMEOUT_S, UpstreamHttp
from libs.integrations.radarr import RadarrClient
from libs.integrations.sonarr import SonarrClient
from libs.integrations.systems import SYSTEMS
from libs.integrations.tls import tls_context
from libs.integrations.translation import Upstream

__all__ = ["IntegrationConfig", "Network", "UnsupportedIntegrationError", "capability", "is_supported", "open_client"]

UpstreamClient = ArrClient
"""Every client there is; more kinds join with `|`."""

_CLIENTS: Mapping[IntegrationType, Callable[[UpstreamHttp, IntegrationConfig], UpstreamClient]] = {
    IntegrationType.SONARR: SonarrClient,
    IntegrationType.RADARR: RadarrClient,
}


class UnsupportedIntegrationError(ValueError):
    """There is no client for this type (yet)."""


def is_supported(kind: IntegrationType) -> bool:
    """True when `open_client` can be asked for this type."""
    return kind in _CLIENTS


def open_client(config: IntegrationConfig, network: Network) -> UpstreamClient:
    """A client with its own connection pool; nothing is sent yet. The caller closes it with `aclose()`.

    Raises `UnsupportedIntegrationError`, and `UpstreamDeniedError` when the CA bundle cannot be read.
    """
    build = _CLIENTS.get(config.type)
    if build is None:
        raise UnsupportedIntegrationError(f"{SYSTEMS[config.type].label} is not supported yet")
    upstream = Upstream(config.name, SYSTEMS[config.type], config.url)
    auth = {"X-Api-Key": config.api_key.get_secret_value().strip()}
    http = UpstreamHttp(_http_client(config, network), upstream, auth=auth, places=network.places)
    return build(http, config)


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
    limits = httpx.Limits(max_connections=PARALLEL_PER_UPSTREAM + 1, max_keepalive_connections=PARALLEL_PER_UPSTREAM)
    inner = httpx.AsyncHTTPTransport(verify=context, limits=limits, trust_env=False)
    return CheckedTransport(inner, allow_loopback=network.allow_loopback)
