"""Which prepared encoding a client takes (RFC 9110, section 12.5.3), and whether it has the body already."""

from collections.abc import Collection

from libs.common.preview.encodings import GZIP, IDENTITY, ZSTD

PREFERRED = (ZSTD, GZIP, IDENTITY)
"""Smallest first; the server decides among what the client takes."""


def choose(accept_encoding: str | None, prepared: Collection[str]) -> str:
    """The best prepared encoding the client takes; identity when the header says nothing usable."""
    weights = _weights(accept_encoding or "")
    for encoding in PREFERRED:
        fallback = 1.0 if encoding == IDENTITY else weights.get("*", 0.0)
        if encoding in prepared and weights.get(encoding, fallback) > 0:
            return encoding
    return IDENTITY


def _weights(header: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        key, _, value = parameter.strip().partition("=")
        try:
            weights[name.strip()] = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    return weights


def already_has(if_none_match: str | None, etag: str) -> bool:
    """Whether the client's copy is the current one; weak comparison, as for every GET."""
    if not if_none_match:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags
