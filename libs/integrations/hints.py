"""What an owner should put right about an address that works."""

from libs.integrations.config import IntegrationConfig
from libs.integrations.http import UpstreamHttp
from libs.integrations.urls import browser_path_hint


def address_hint(http: UpstreamHttp, config: IntegrationConfig) -> str | None:
    """The address that redirects led to, or what looks pasted from a browser; None when all is well."""
    if http.moved_to is not None and http.moved_to != config.url:
        return f"{http.upstream.system.label} redirects to {http.moved_to}; save that address"
    return browser_path_hint(config.url)
