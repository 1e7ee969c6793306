"""Addresses of upstreams: how they are stored, joined and compared."""

import re
from urllib.parse import SplitResult, urlsplit

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BROWSER_PATHS = ("/web/index.html", "/web", "/settings", "/login", "/api", "/api/v1", "/api/v3", "/home")


class BaseUrlError(ValueError):
    """An address that cannot be used; the text says what to change."""


def normalise_base_url(text: str) -> str:
    """The address as stored: scheme, host, port and sub-path, without trailing slash. Raises `BaseUrlError`."""
    given = text.strip()
    if not given:
        raise BaseUrlError("The address is empty")
    if not _SCHEME.match(given):
        raise BaseUrlError("Add http:// or https:// to the address")
    parts, port = _split(given)
    if parts.scheme not in _DEFAULT_PORTS:
        raise BaseUrlError(f"The address must begin with http:// or https://, not {parts.scheme}://")
    if parts.username is not None or parts.password is not None:
        raise BaseUrlError("Leave user name and password out of the address")
    host = parts.hostname or ""
    if not host or re.search(r"[\s\x00-\x1f\\]", given):
        raise BaseUrlError("The address has no valid host name")
    shown = f"[{host}]" if ":" in host else host
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    return f"{parts.scheme}://{shown}{'' if port is None else f':{port}'}{path}"


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


def origin_of(url: str) -> str:
    """Scheme, host and port in full, lower-cased: the unit a key belongs to."""
    parts, port = _split(url)
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port or _DEFAULT_PORTS.get(parts.scheme, 0)}"


def site_of(url: str) -> str:
    """Scheme, host and port as they are written, without the sub-path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_same_origin(one: str, other: str) -> bool:
    """True when a key stored for one address may be sent to the other."""
    return origin_of(one) == origin_of(other)


def host_of(url: str) -> str:
    """The host name alone, lower-cased."""
    return (urlsplit(url).hostname or "").lower()


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise BaseUrlError("The address is not complete: check host name and port") from exc
    return parts, port
