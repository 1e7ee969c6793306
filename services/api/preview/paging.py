"""A part of the list: which one a request asks for, and where it goes on (api.md 1.1, pagination)."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.api import paging
from services.api.errors import BadInputError
from services.api.preview.queries import Filter
from services.api.wire import MAX_INT

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
MAX_SEARCH = 200

PARAMETERS = ("limit", "offset", "cursor", "search", "disk_group_id", "integration_id")


@dataclass(frozen=True, slots=True)
class Wish:
    """So many of the filtered items behind rank `after`, `offset` of them skipped."""

    wanted: Filter
    after: int
    offset: int
    limit: int


def wish(given: Mapping[str, str]) -> Wish | None:
    """What the query says; None when it has none of our parameters and means the whole list.

    Raises `BadInputError`, which names the parameter. Only `limit` and `offset` are never wrong, as everywhere.
    """
    if not any(name in given for name in PARAMETERS):
        return None
    if given.get("cursor") and given.get("offset"):
        raise BadInputError("cursor: says where to go on, so there can be no offset beside it")
    return Wish(
        wanted=Filter(
            search=_search(given.get("search", "")),
            disk_group_id=_number(given, "disk_group_id", least=1),
            integration_id=_number(given, "integration_id", least=1),
        ),
        after=_number(given, "cursor", least=0) or 0,
        offset=paging.offset(given.get("offset")),
        limit=paging.limit(given.get("limit"), DEFAULT_LIMIT, MAX_LIMIT),
    )


def _search(text: str) -> str:
    words = text.strip()
    if len(words) > MAX_SEARCH:
        raise BadInputError(f"search: must not be longer than {MAX_SEARCH} characters")
    if "\x00" in words:
        raise BadInputError("search: must not contain a NUL character")
    return words


def _number(given: Mapping[str, str], name: str, *, least: int) -> int | None:
    text = given.get(name, "")
    if not text:
        return None
    number = paging.whole(text)
    if number is None or not least <= number <= MAX_INT:
        raise BadInputError(f"{name}: must be a whole number from {least}")
    return number
