"""Reads Jellystat's tables, whose pages have numbers, and believes the end only when the numbers agree."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from libs.integrations.errors import UpstreamError
from libs.integrations.jellystat.rows import PlayRow, Table
from libs.integrations.loose import positive, row_or_none, size, text
from libs.integrations.paging import Page, Pager


class Told(NamedTuple):
    """A row with what tells it apart from others: its own id, or without one its place in the list.

    `row` None: it has another shape than rows have.
    """

    identity: str
    row: PlayRow | None


@dataclass(slots=True)
class NumberedPages:
    """Pages by number for a pager that walks by offset; good for one walk. `broken` makes the error for a bad page.

    Jellystat tells how many pages there are, and no number of rows. All but the last page are full, so the list has at
    least one row more than those hold: an earlier end is no end.
    """

    ask: Callable[[int], Awaitable[Table]]
    broken: Callable[[str], UpstreamError]
    number: int = 0

    async def fetch(self, offset: int) -> Page[Told]:
        """The next page."""
        self.number += 1
        table = await self.ask(self.number)
        pages = size(table.pages)
        if table.results is None or pages is None:
            raise self.broken("it does not tell how long its history is")
        rows = []
        for place, raw in enumerate(table.results):
            row = row_or_none(raw, PlayRow)
            rows.append(Told((row and text(row.id)) or f"@{offset + place}", row))
        full = positive(table.size) or len(rows)
        return Page(rows, 0 if pages == 0 else (pages - 1) * full + 1)


def pager_of(pages: NumberedPages, name: str) -> Pager[Told]:
    """Walks over all pages of a table once."""
    return Pager(pages.fetch, lambda each: each.identity, name)
