"""Reads lists whose pages name where the next one begins, and believes no end that comes strangely (S-08)."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from typing import TypeVar

from libs.integrations.errors import UpstreamIncompleteError
from libs.integrations.loose import text
from libs.integrations.tracearr.rows import CursorPage

R = TypeVar("R")


async def cursor_pages(
    fetch: Callable[[str | None], Awaitable[CursorPage[R]]], identity: Callable[[R], Hashable], name: str
) -> AsyncGenerator[list[R], None]:
    """The new rows of each page until there is no cursor, however short a page is; `name` is for the error text.

    Rows that slid to the next page are not handed out again. Raises `UpstreamIncompleteError` when pages or cursors
    repeat themselves and when a page that was announced is empty; and what `fetch` raises.
    """
    cursor: str | None = None
    cursors, firsts = set[str](), set[Hashable]()
    former = frozenset[Hashable]()
    while True:
        page = await fetch(cursor)
        following = text(page.meta.next_cursor) or None
        ids = [identity(row) for row in page.data]
        fresh = [row for row, own in zip(page.data, ids, strict=True) if own not in former]
        if not ids and (cursor is not None or following is not None):
            raise _incomplete(name, "an empty page came before the end")
        if ids and (not fresh or ids[0] in firsts):
            raise _incomplete(name, "a page came twice")
        if fresh:
            yield fresh
        if following is None:
            return
        if following in cursors:
            raise _incomplete(name, "it led back to where it had been")
        cursors.add(following)
        firsts.add(ids[0])
        cursor, former = following, frozenset(ids)


def _incomplete(name: str, why: str) -> UpstreamIncompleteError:
    return UpstreamIncompleteError(f"Only a part of {name} could be read: {why}.")
