"""Foreign values as they come: numbers as text, nulls, odd dates. Unreadable or missing means None, never zero."""

import math
import re
from collections.abc import Hashable
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import msgspec

Scalar = int | float | str | bool | None
"""The type of a single foreign value: which of these it really is, the upstream decides anew in each version."""

T = TypeVar("T")

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for a body that is no JSON, or not of the declared shape."""

_IMDB_ID = re.compile(r"tt0*[1-9][0-9]*")
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
_LARGEST = 2**63 - 1
_LAST_SEASON = 9_999
_TRUE = frozenset({"true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no"})


def decoder_for(shape: Any) -> msgspec.json.Decoder[Any]:
    """The decoder of a shape, built once."""
    return _decoder(shape)


@cache
def _decoder(shape: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape, strict=False)


def row_or_none(raw: msgspec.Raw, shape: type[T]) -> T | None:
    """One row of a list; None when it has another shape: an odd row must not take the other rows along."""
    try:
        found: T = decoder_for(shape).decode(raw)
    except UNREADABLE:
        return None
    return found


def whole(value: Scalar) -> int | None:
    """A whole number, also from text or a float without fraction."""
    found = number(value)
    if found is None or abs(found) > _LARGEST or not float(found).is_integer():
        return None
    return int(found)


def number(value: Scalar) -> int | float | None:
    """A finite number, also from text."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and "_" in value:  # Python's own notation, nobody else's
        return None
    try:
        found = int(value) if isinstance(value, str) and value.strip().lstrip("+-").isdecimal() else float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def positive(value: Scalar) -> int | None:
    """A whole number above zero: ids and years, where zero stands for none."""
    found = whole(value)
    return found if found is not None and found > 0 else None


def size(value: Scalar) -> int | None:
    """A number of bytes or of things: zero is a value, below zero is none."""
    found = whole(value)
    return found if found is not None and found >= 0 else None


def season(value: Scalar) -> int | None:
    """The number of a season: 0 for specials, a year for shows that go by date; anything larger is none."""
    found = size(value)
    return found if found is not None and found <= _LAST_SEASON else None


def text(value: Scalar) -> str:
    """Text without blanks around it; a missing one is empty."""
    return "" if value is None or isinstance(value, bool) else str(value).strip()


def imdb_id(value: Scalar) -> str | None:
    """An IMDb id; a placeholder of zeros is none."""
    found = text(value).lower()
    return found if _IMDB_ID.fullmatch(found) else None


def claim(value: Scalar) -> bool | None:
    """True or false, also as 0/1 or text."""
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def moment(value: Scalar) -> datetime | None:
    """A time in UTC, from ISO 8601 (without zone: UTC) or epoch seconds. Before 1971 it stands for none."""
    seconds = number(value)
    try:
        found = datetime.fromisoformat(text(value)) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    aware = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    try:
        in_utc = aware.astimezone(UTC)
    except OverflowError:
        return None
    return in_utc if in_utc >= _EARLIEST else None


def several(value: list[T] | T | None) -> list[T]:
    """A list, also of a single thing or of nothing."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def scalars(value: list[Scalar] | Scalar) -> list[Scalar]:
    """A list of single values, also of one or of none."""
    return value if isinstance(value, list) else [] if value is None else [value]
