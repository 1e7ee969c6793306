"""Members of a foreign payload as they come: numbers as text, missing objects, odd types. Unusable ones are empty."""

import re
from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]

_MOST_CHARACTERS = 200
_LARGEST = 2**63 - 1
_HEX_ID = re.compile(r"[0-9a-f]{32}")


def word(payload: Payload, name: str) -> str:
    """A short text, also from a number."""
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    found = value.strip() if isinstance(value, str) else str(value) if abs(value) <= _LARGEST else ""
    return found if len(found) <= _MOST_CHARACTERS and "\x00" not in found else ""


def inner(payload: Payload, name: str) -> Payload:
    """An object inside; an empty one when there is none."""
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def rows(payload: Payload, name: str) -> list[Payload]:
    """The objects of a list."""
    value = payload.get(name)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def number_id(payload: Payload, name: str) -> str:
    """An id that is a number above zero, in its plain spelling."""
    found = word(payload, name)
    if not (found.isascii() and found.isdigit()):
        return ""
    number = int(found)
    return str(number) if 0 < number <= _LARGEST else ""


def hex_id(payload: Payload, name: str) -> str:
    """An id of 32 hexadecimal digits, with or without dashes, in its plain spelling."""
    found = word(payload, name).replace("-", "").lower()
    return found if _HEX_ID.fullmatch(found) and found.strip("0") else ""
