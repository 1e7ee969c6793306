"""How library rows are encoded once and handed out again until their item changes."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from libs.simulator.library import Quality
from libs.simulator.world import LANGUAGES, PROFILES, Instance


class Revised(Protocol):
    """Something with an id that counts its own changes."""

    id: int
    revision: int


T = TypeVar("T", bound=Revised)


class RowCache(Generic[T]):
    """Encoded rows by item id. A row is made again when its item or its instance has changed since."""

    def __init__(self, instance: Instance, build: Callable[[T], dict[str, Any]]) -> None:
        self._instance = instance
        self._build = build
        self._rows: dict[int, tuple[int, int, bytes]] = {}
        self._encode = msgspec.json.Encoder().encode

    def row(self, item: T) -> bytes:
        """One item as JSON."""
        mark = (item.revision, self._instance.revision)
        kept = self._rows.get(item.id)
        if kept is None or kept[:2] != mark:
            kept = (*mark, self._encode(self._build(item)))
            self._rows[item.id] = kept
        return kept[2]

    def rows(self, items: Iterable[T]) -> Iterator[bytes]:
        """Many items in the order given."""
        return (self.row(item) for item in items)


def images(instance: Instance, item_id: int, posters: str, *, local: bool) -> list[dict[str, str]]:
    """Poster and fanart. The local address starts with the instance's URL base; `local` false leaves it out."""
    rows = []
    for kind in ("poster", "fanart"):
        row = {"coverType": kind}
        if local:
            row["url"] = f"{instance.url_base}/MediaCover/{item_id}/{kind}.jpg?lastWrite=638400000000000000"
        row["remoteUrl"] = f"{posters}-{kind}.jpg"
        rows.append(row)
    return rows


def language(number: int) -> dict[str, Any]:
    """A language as an object."""
    return {"id": number, "name": LANGUAGES.get(number, "Unknown")}


def quality(value: Quality, **more: str) -> dict[str, Any]:
    """A release quality with its revision."""
    release = {"id": value.id, "name": value.name, "source": value.source, "resolution": value.resolution, **more}
    return {"quality": release, "revision": {"version": 1, "real": 0, "isRepack": False}}


def profile_row(number: int) -> dict[str, Any]:
    """A quality profile."""
    return {
        "id": number,
        "name": PROFILES[number],
        "upgradeAllowed": True,
        "cutoff": 7,
        "items": [],
        "minFormatScore": 0,
        "cutoffFormatScore": 0,
        "minUpgradeFormatScore": 1,
        "formatItems": [],
    }


def clean_title(title: str) -> str:
    """The title as the systems compare it: letters and digits only."""
    return "".join(letter for letter in title.lower() if letter.isalnum())


def sort_title(title: str) -> str:
    """The title as the systems sort it: lower case, without a leading article."""
    lower = title.lower()
    return lower.removeprefix("the ").removeprefix("a ")


def slug(title: str) -> str:
    """The title as part of an address."""
    return "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())


def stamp(moment: datetime) -> str:
    """Seconds and `Z`, as the systems print times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def without(row: dict[str, Any], omit: tuple[str, ...]) -> dict[str, Any]:
    """The row without some of its fields."""
    return {name: value for name, value in row.items() if name not in omit} if omit else row
