"""The `range` of the engine's history: a number with its unit, or everything."""

import re
from datetime import timedelta

from services.api.errors import BadInputError

DEFAULT = "7d"
_EVERYTHING = timedelta(days=3650)
_FORM = re.compile(r"([0-9]{1,12})([mhd])")
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}


def parse_range(text: str | None) -> timedelta:
    """How far back to look, ten years at most. Raises `BadInputError` for what is no range above 0."""
    text = (text or DEFAULT).strip()
    if text == "all":
        return _EVERYTHING
    match = _FORM.fullmatch(text)
    if match is None or not text.isascii() or int(match[1]) == 0:
        raise BadInputError("range: must be like 30m, 24h or 7d, or all")
    minutes = int(match[1]) * _MINUTES[match[2]]
    return min(timedelta(minutes=min(minutes, 10**7)), _EVERYTHING)
