"""One page of the list, cut from the parts its items are in: byte for byte what the whole list shows of them."""

import asyncio
import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from libs.common.db import Database
from libs.common.preview.encodings import GZIP, IDENTITY
from libs.common.preview.parts import ITEMS_PER_PART, SEPARATOR, items_of
from services.api.errors import UnavailableError
from services.api.preview import queries
from services.api.preview.blob import REPLACED
from services.api.preview.encodings import choose
from services.api.preview.paging import Wish
from services.api.preview.queries import Hits
from services.api.preview.truth import Ready

PARTS_AT_ONCE = 100
"""Read and unpacked together, some 10 MB of text; hits of a search may be in as many parts as there are hits."""

_PLAIN_UP_TO = 1024
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its client takes it. `next_cursor` None: nothing follows."""

    body: bytes
    encoding: str
    etag: str
    total: int
    next_cursor: int | None


async def page(db: Database, ready: Ready, wish: Wish, accept_encoding: str | None) -> Page:
    """The page of a rendered list. Raises `UnavailableError` when it was replaced before it was read."""
    hits = await _hits(db, ready, wish)
    shown = hits.ranks[: wish.limit]
    items: list[bytes] = []
    for ranks in _by_parts(shown):
        items += await _items(db, ready, ranks)
    encoding = choose(accept_encoding, (GZIP, IDENTITY))
    body, encoding = await asyncio.to_thread(_encoded, items, encoding)
    digest = hashlib.sha256(body).hexdigest()[:32]
    next_cursor = shown[-1] if len(hits.ranks) > len(shown) else None
    return Page(body, encoding, f'"{digest}"', hits.total, next_cursor)


async def _hits(db: Database, ready: Ready, wish: Wish) -> Hits:
    """One more than the page shows, if there is one. Without a filter the ranks are known."""
    limit = wish.limit + 1
    if wish.wanted.passes_all:
        begin = min(wish.after + wish.offset, ready.item_count)
        return Hits(ready.item_count, range(begin + 1, min(begin + limit, ready.item_count) + 1))
    async with db.connect() as conn:
        return await queries.hits(
            conn, ready.preview_id, wish.wanted, after=wish.after, offset=wish.offset, limit=limit
        )


def _by_parts(ranks: Sequence[int]) -> list[list[int]]:
    """Ranks whose items are in at most `PARTS_AT_ONCE` parts."""
    numbers = {number: place for place, number in enumerate(sorted({_part_of(rank) for rank in ranks}))}
    return [list(group) for _, group in groupby(ranks, key=lambda rank: numbers[_part_of(rank)] // PARTS_AT_ONCE)]


async def _items(db: Database, ready: Ready, ranks: Sequence[int]) -> list[bytes]:
    async with db.connect() as conn:
        parts = await queries.some_parts(conn, ready.bodies[GZIP], sorted({_part_of(rank) for rank in ranks}))
    if len(parts) < len({_part_of(rank) for rank in ranks}):
        raise UnavailableError(REPLACED)
    return await asyncio.to_thread(_cut, parts, ranks)


def _cut(parts: Mapping[int, bytes], ranks: Sequence[int]) -> list[bytes]:
    items: list[bytes] = []
    for number, group in groupby(ranks, key=_part_of):
        texts = items_of(parts[number])
        items += [texts[(rank - 1) % ITEMS_PER_PART] for rank in group]
    return items


def _part_of(rank: int) -> int:
    return (rank - 1) // ITEMS_PER_PART


def _encoded(items: Sequence[bytes], encoding: str) -> tuple[bytes, str]:
    text = b"[" + SEPARATOR.join(items) + b"]"
    if encoding == IDENTITY or len(text) <= _PLAIN_UP_TO:
        return text, IDENTITY
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packing.compress(text) + packing.flush(), GZIP
