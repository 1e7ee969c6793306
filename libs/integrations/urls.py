"""Addresses of upstreams: how they are stored, joined and compared."""

from urllib.parse import urlsplit

from libs.common.domain.urls import BaseUrlError, is_same_origin, normalise_base_url, origin_of

__all__ = [
    "BaseUrlError",
    "browser_path_hint",
    "host_of",
    "is_same_origin",
    "join",
    "normalise_base_url",
    "origin_of",
    "site_of",
]

_BROWSER_PATHS = ("/web/index.html", "/web", "/settings", "/login", "/api", "/api/v1", "/api/v3", "/home")


def browser_path_hint(base_url: str) -> str | None:
    """A hint when the path looks copied from a browser's address bar; the address itself is left alone."""
    path = urlsplit(base_url).path.lower()
    for ending in sorted(_BROWSER_PATHS, key=len, reverse=True):
        if path.endswith(ending):
            return f"The address ends in {ending}, which usually belongs to a page; try it without"
    return None


def join(base_url: str, endpoint: str) -> str:
    """Base and endpoint written one after the other: a sub-path survives, which RFC 3986 resolution would drop."""
    if not endpoint.startswith("/"):
        raise ValueError("an endpoint begins with a slash")
    return f"{base_url}{endpoint}"


def site_of(url: str) -> str:
    """Scheme, host and port as they are written, without the sub-path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def host_of(url: str) -> str:
    """The host name alone, lower-cased."""
    return (urlsplit(url).hostname or "").lower()
