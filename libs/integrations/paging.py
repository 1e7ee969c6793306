"""Reads lists that come in pages, and believes the end only when the numbers agree (S-08)."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from libs.integrations.errors import UpstreamIncompleteError

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """The rows of one page. `total` is how many rows there are altogether; None: the upstream does not say."""

    rows: Sequence[R]
    total: int | None


@dataclass(slots=True)
class Pager(Generic[R]):
    """Walks over pages by offset. `fetch` gets an offset; `identity` tells rows apart; `name` is for the error text.

    A list may grow at its front while it is read: rows that slid to the next page are not handed out again, and
    neither they nor new ones make the read incomplete. An empty page before the end, a page that repeats the former
    one, and an end with fewer rows than announced do. Only the identities of one page are kept, so lists of any
    length can be read.
    """

    fetch: Callable[[int], Awaitable[Page[R]]]
    identity: Callable[[R], Hashable]
    name: str
    total: int | None = None
    """What the newest page announced."""

    async def pages(self) -> AsyncGenerator[list[R], None]:
        """The new rows of each page, in order. Raises `UpstreamIncompleteError`, and what `fetch` raises."""
        offset, handed_out, former = 0, 0, frozenset[Hashable]()
        announced: int | None = None
        while True:
            page = await self.fetch(offset)
            self.total = page.total
            announced = page.total if announced is None else announced
            current = frozenset(self.identity(row) for row in page.rows)
            fresh = [row for row in page.rows if self.identity(row) not in former]
            if page.rows and not fresh:
                raise self._incomplete("a page came twice")
            offset += len(page.rows)
            handed_out += len(fresh)
            if fresh:
                yield fresh
            if not page.rows or (page.total is not None and offset >= page.total):
                break
            former = current
        if announced is not None and handed_out < announced:
            raise self._incomplete(f"{announced} rows were announced and {handed_out} came")

    def _incomplete(self, why: str) -> UpstreamIncompleteError:
        return UpstreamIncompleteError(f"Only a part of {self.name} could be read: {why}.")
