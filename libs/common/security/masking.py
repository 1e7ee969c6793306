"""How a credential is shown: enough to recognise it, too little to use it (api.md 2.7 and 2.19)."""

from urllib.parse import urlsplit

BULLET = "\u2022"
_VISIBLE = 4
_SHORT_SEGMENT = 8


def mask(key: str) -> str:
    """One bullet per hidden character and the last four; four bullets for a key that short."""
    if len(key) <= _VISIBLE:
        return BULLET * _VISIBLE
    return BULLET * (len(key) - _VISIBLE) + key[-_VISIBLE:]


def is_masked(value: str) -> bool:
    """Whether a submitted key is only a mask, which means: keep the stored one."""
    return value.startswith(BULLET) or "..." in value


def is_masked_url(value: str) -> bool:
    """Whether a submitted webhook address is only a mask. Dots do not count here: an address may hold them."""
    return BULLET in value


def origin_of(url: str) -> str:
    """Scheme, host and port: all of an address that anybody may see. Empty when it is no address."""
    try:
        parts = urlsplit(url)
    except ValueError:  # an opened bracket without its end
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""


def mask_url(url: str) -> str:
    """A webhook address without its secret: scheme, host, and the end of a long last segment."""
    parts = urlsplit(url)
    origin = origin_of(url)
    segment = parts.path.rstrip("/").rpartition("/")[2]
    if not segment and not parts.query and not parts.username:
        return origin
    tail = segment[-_VISIBLE:] if len(segment) > _SHORT_SEGMENT else ""
    return f"{origin}/\u2026/{BULLET * 4}{tail}"
