"""Asks a server for lists of items, page by page, and believes no page that contradicts itself."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Hashable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from libs.integrations.audience import Reading
from libs.integrations.errors import UpstreamConfusingError, UpstreamError, UpstreamIncompleteError
from libs.integrations.http import UpstreamHttp
from libs.integrations.loose import Scalar, size, text
from libs.integrations.mediabrowser.people import user_id
from libs.integrations.mediabrowser.rows import ItemPage, ItemRow, UserRow
from libs.integrations.mediabrowser.titles import item_id
from libs.integrations.paging import Page, Pager
from libs.integrations.retries import RetryRule
from libs.integrations.translation import unreadable

R = TypeVar("R")
PAGE_ROWS = 500
"""Some boxes run into time limits above 1000 rows (integrations.md 10.4)."""

BY_NAME: Mapping[str, str] = {"sortBy": "SortName,DateCreated", "sortOrder": "Ascending"}
BY_DATE_PLAYED: Mapping[str, str] = {"sortBy": "DatePlayed,SortName", "sortOrder": "Descending,Ascending"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items of one user are wanted, and what their rows shall hold. `what` names them in sentences."""

    what: str
    user_id: str
    types: str
    fields: str = ""
    with_user_data: bool = False
    order: Mapping[str, str] = field(default_factory=lambda: BY_NAME)
    parent_id: str = ""
    only: str = ""
    """A filter of the servers: IsPlayed, IsResumable or IsFavorite."""
    item_id: str = ""
    """Nothing but this one item."""


class Listings(ABC):
    """The lists of one server; subclasses say at which address and with which words it wants to be asked."""

    def __init__(self, http: UpstreamHttp, name: str, rule: RetryRule, deadline_s: float) -> None:
        self._http = http
        self._name = name
        self._rule = rule
        self._deadline_s = deadline_s

    @abstractmethod
    async def users(self) -> list[UserRow]:
        """Everybody, disabled people included. Raises when nobody is named."""

    @abstractmethod
    def endpoint(self, user: str) -> str:
        """Where a user's items are listed."""

    @abstractmethod
    def own_params(self, wanted: Wanted) -> dict[str, str]:
        """What only this server has to be told with every list."""

    def spelt(self, name: str) -> str:
        """A name in the query, from Jellyfin's spelling to the server's own."""
        return name

    async def pages(self, wanted: Wanted, reading: Reading[Any] | None = None) -> AsyncGenerator[list[ItemRow], None]:
        """All that is wanted; `reading` is told how many. Raises `UpstreamIncompleteError` when some is missing."""

        async def fetch(offset: int) -> Page[ItemRow]:
            return await self.page(wanted, offset)

        pager = Pager(fetch, self._identity, f"{wanted.what} of {self._name}")
        async with aclosing(pager.pages()) as pages:
            async for page in pages:
                if reading is not None:
                    reading.rows_declared = pager.total
                yield page
        if reading is not None:
            reading.rows_declared = pager.total

    async def total(self, wanted: Wanted) -> int:
        """How many items are wanted, as the server says."""
        return (await self.page(replace(wanted, fields="", with_user_data=False), 0, rows=1)).total or 0

    async def page(self, wanted: Wanted, offset: int, *, rows: int = PAGE_ROWS) -> Page[ItemRow]:
        """One page, from `offset` on."""
        params = self._params(wanted) | self.window(offset, rows)
        try:
            page = await self.read(self.endpoint(wanted.user_id), ItemPage, params)
        except UpstreamConfusingError as exc:
            if exc.status != 404:
                raise
            message = f"A user or collection disappeared from {self._name} while {wanted.what} were being read."
            raise UpstreamIncompleteError(message) from exc
        return self.checked(page.items, page.total_record_count, offset, wanted.what)

    async def read(self, endpoint: str, shape: type[R], params: Mapping[str, str] | None = None) -> R:
        """A read within the time that one page may take."""
        return await self._http.read(endpoint, shape, params, rule=self._rule, deadline_s=self._deadline_s)

    def checked(self, rows: Sequence[R] | None, total: Scalar, offset: int, what: str) -> Page[R]:
        """The page, when its numbers can be true: an answer without them is another object, not an empty list."""
        count = size(total)
        if rows is None or count is None:
            raise self.unreadable("it is no page of a list")
        if rows and count < offset + len(rows):
            why = f"{count} rows were announced and row {offset + len(rows)} came"
            raise UpstreamIncompleteError(f"Only a part of {what} of {self._name} could be read: {why}.")
        return Page(rows, count)

    def window(self, offset: int, rows: int = PAGE_ROWS) -> dict[str, str]:
        """Which rows are wanted."""
        return {self.spelt("startIndex"): str(offset), self.spelt("limit"): str(rows)}

    def require_users(self, rows: list[UserRow]) -> list[UserRow]:
        """The users, when there are any and each has an id."""
        if not rows:
            raise self.unreadable("it names no users")
        if not all(user_id(row.id) for row in rows):
            raise self.unreadable("a user has no id")
        return rows

    def unreadable(self, why: str) -> UpstreamError:
        """An answer that must not be used."""
        return unreadable(self._http.upstream, why)

    def _params(self, wanted: Wanted) -> dict[str, str]:
        asked = {
            "recursive": "" if wanted.parent_id else "true",
            "includeItemTypes": wanted.types,
            "parentId": wanted.parent_id,
            "filters": wanted.only,
            "ids": wanted.item_id,
            "fields": wanted.fields,
            "enableUserData": str(wanted.with_user_data).lower(),
            "enableImages": "false",
            **wanted.order,
        }
        common = {self.spelt(name): value for name, value in asked.items() if value}
        return common | self.own_params(wanted)

    def _identity(self, row: ItemRow) -> Hashable:
        found = item_id(row.id)
        if not found:
            raise self.unreadable(f"{text(row.name) or 'an item'} has no id")
        return found
