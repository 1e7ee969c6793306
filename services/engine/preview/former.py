"""What a former rendering has of the next one: items of the same words and columns have the same texts."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from libs.common.preview import parts
from services.engine.preview.sheet import Part, Sheet

if TYPE_CHECKING:
    import numpy as np

NEW = -1
"""The place of an item whose text is not in the former list."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What the texts of a list are made of: the words that all share, and a key of each item's columns, by rank."""

    wording: bytes
    keys: "np.ndarray[Any, Any]"


def origin_of(sheet: Sheet) -> Origin:
    """Two sheets with the same words and a same key have the same text there."""
    columns = sorted(set(sheet.wording.meta.root_names()))
    wording = hashlib.sha256(sheet.wording.meta.serialize()).digest()
    return Origin(wording, sheet.items.select(columns).hash_rows().to_numpy())


@dataclass(frozen=True, slots=True)
class Patchwork:
    """A list of former texts and new ones.

    `places` are those of the texts in the former list, from 0, `fresh` the new texts by their place in this one.
    `packed` are the former list's parts with its `count` items.
    """

    places: Sequence[int]
    fresh: Mapping[int, bytes]
    packed: Sequence[bytes]
    count: int

    def parts(self, begin: int, end: int) -> list[Part]:
        """The parts of the items from `begin`, which is where a part begins, up to `end`."""
        unpacked: dict[int, list[bytes]] = {}
        step = parts.ITEMS_PER_PART
        return [self._part(first, min(first + step, end), unpacked) for first in range(begin, end, step)]

    def _part(self, begin: int, end: int, unpacked: dict[int, list[bytes]]) -> Part:
        same = self._same_part(begin, end)
        if same is not None:
            return Part(parts.unpack(same), same)
        text = parts.text_part((self._text(place, unpacked) for place in range(begin, end)), is_first=begin == 0)
        return Part(text, parts.pack(text))

    def _same_part(self, begin: int, end: int) -> bytes | None:
        """The former part of exactly these items, if there is one. The first part of a list begins otherwise."""
        first = self.places[begin]
        number, rest = divmod(first, parts.ITEMS_PER_PART)
        last = min(first + parts.ITEMS_PER_PART, self.count)
        if first == NEW or rest or (first == 0) != (begin == 0):
            return None
        return self.packed[number] if self.places[begin:end] == list(range(first, last)) else None

    def _text(self, place: int, unpacked: dict[int, list[bytes]]) -> bytes:
        former = self.places[place]
        if former == NEW:
            return self.fresh[place]
        number, rest = divmod(former, parts.ITEMS_PER_PART)
        if number not in unpacked:
            unpacked[number] = parts.items_of(self.packed[number])
        return unpacked[number][rest]


def patchwork(sheet: Sheet, now: Origin, former: Origin, packed: Sequence[bytes], at_most: int) -> Patchwork | None:
    """None when more than `at_most` texts are new, or the former ones have another order: then all are rendered.

    In another order the parts of a few items could need all former parts unpacked.
    """
    import numpy as np

    places = _places_in(former, now)
    new = np.flatnonzero(places == NEW).tolist()
    if len(new) > at_most or (np.diff(places[places != NEW]) <= 0).any():
        return None
    fresh = dict(zip(new, sheet.texts(new), strict=True))
    return Patchwork(places.tolist(), fresh, packed, len(former.keys))


def _places_in(former: Origin, now: Origin) -> "np.ndarray[Any, Any]":
    import numpy as np

    if former.wording != now.wording or not len(former.keys):
        return np.full(len(now.keys), NEW)
    order = np.argsort(former.keys)
    near = order[np.searchsorted(former.keys, now.keys, sorter=order).clip(max=len(order) - 1)]
    return np.where(former.keys[near] == now.keys, near, NEW)
