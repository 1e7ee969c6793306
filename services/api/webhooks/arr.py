"""Events of Sonarr, Radarr, Lidarr and Readarr: which title to read again, and whether room came or went."""

from collections.abc import Callable
from functools import partial

from services.api.webhooks.fields import Payload, inner, number_id, rows, word
from services.api.webhooks.hint import DISKS, NOTHING, Hint, title_or_everything

_MOST_BOOKS = 20
"""An event about more of them is about a whole shelf."""

_OF_FILES = frozenset(
    {
        "download",
        "seriesdelete",
        "episodefiledelete",
        "moviedelete",
        "moviefiledelete",
        "artistdelete",
        "albumdelete",
        "authordelete",
        "bookdelete",
        "bookfiledelete",
    }
)
"""After these the room on the disks is another."""

_OF_TITLES = _OF_FILES | {"rename", "retag", "seriesadd", "movieadded", "artistadd", "authoradded"}


def _parse(native_ids: Callable[[Payload], list[str]], payload: Payload) -> Hint:
    event = word(payload, "eventType").lower()
    if event == "test":
        return Hint(is_test=True)
    # In an upgrade the import that follows says the same once more.
    is_upgrade = event.endswith("filedelete") and word(payload, "deleteReason").lower() == "upgrade"
    if event not in _OF_TITLES or is_upgrade:
        return NOTHING
    targets = tuple(title_or_everything(native_id) for native_id in native_ids(payload))
    return Hint((*targets, DISKS) if event in _OF_FILES else targets)


def _title(name: str, payload: Payload) -> list[str]:
    return [number_id(inner(payload, name), "id")]


def _books(payload: Payload) -> list[str]:
    """The books an event names; one that names only the author is about all of them."""
    named = [inner(payload, "book"), *rows(payload, "books")]
    found = list(dict.fromkeys(number for row in named if (number := number_id(row, "id"))))
    return found if 0 < len(found) <= _MOST_BOOKS else [""]


parse_sonarr = partial(_parse, partial(_title, "series"))
parse_radarr = partial(_parse, partial(_title, "movie"))
parse_lidarr = partial(_parse, partial(_title, "artist"))
parse_readarr = partial(_parse, _books)
