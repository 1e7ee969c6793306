"""Addresses of upstreams as they are stored and compared: one rule for whoever saves them and whoever calls them."""

import re
from urllib.parse import SplitResult, urlsplit

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_DEFAULT_PORTS = {"http": 80, "https": 443}


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


def origin_of(url: str) -> str:
    """Scheme, host and port in full, lower-cased: the unit a key belongs to."""
    parts, port = _split(url)
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port or _DEFAULT_PORTS.get(parts.scheme, 0)}"


def is_same_origin(one: str, other: str) -> bool:
    """True when a key stored for one address may be sent to the other."""
    return origin_of(one) == origin_of(other)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise BaseUrlError("The address is not complete: check host name and port") from exc
    return parts, port
