"""How list parameters are read: nonsense means the default, too much means the maximum, never an error."""

import re

from services.api.wire import MAX_INT

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")


def whole(text: str | None) -> int | None:
    """The whole number a query parameter holds; None when it holds anything else."""
    if text is None or _WHOLE.fullmatch(text.strip()) is None or not text.isascii():
        return None
    return int(text)


def limit(text: str | None, default: int, maximum: int) -> int:
    """Rows to answer: 1 to `maximum`."""
    asked = whole(text)
    return default if asked is None or asked <= 0 else min(asked, maximum)


def offset(text: str | None) -> int:
    """Rows to skip, from 0."""
    asked = whole(text)
    return 0 if asked is None or asked < 0 else min(asked, MAX_INT)


def positive(text: str | None) -> int | None:
    """A filter by a positive number; None leaves the filter out."""
    asked = whole(text)
    return asked if asked is not None and 0 < asked <= MAX_INT else None
