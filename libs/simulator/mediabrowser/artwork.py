"""Posters as the servers keep them: one per item, replaced by an upload, gone for good when deleted."""

from collections import Counter
from typing import NamedTuple

from libs.simulator.pictures import picture


class Picture(NamedTuple):
    """A poster as it is stored."""

    body: bytes
    content_type: str


class Artwork:
    """The posters of all items. What nobody touched is what the agents found."""

    def __init__(self) -> None:
        self._changed: dict[int, Picture | None] = {}
        self._changes: Counter[int] = Counter()

    def of(self, native: int) -> Picture | None:
        """The item's poster; None when it has none any more."""
        return self._changed[native] if native in self._changed else found_poster(native)

    def replace(self, native: int, body: bytes) -> None:
        """Put another poster in its place."""
        self._changed[native] = Picture(body, content_type(body))
        self._changes[native] += 1

    def remove(self, native: int) -> None:
        """Leave the item without one."""
        self._changed[native] = None
        self._changes[native] += 1

    def version(self, native: int) -> int:
        """Counts the changes of the item's poster, from 1."""
        return self._changes[native] + 1


def found_poster(native: int) -> Picture:
    """What an agent finds for the item."""
    body = picture(native)
    return Picture(body, content_type(body))


def content_type(body: bytes) -> str:
    """The kind of a picture, by its first bytes."""
    if body.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if body[8:12] == b"WEBP" else "image/jpeg"
