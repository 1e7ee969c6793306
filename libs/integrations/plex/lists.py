"""Reads Plex's lists, whole or page by page, and believes none whose numbers disagree."""

from collections.abc import AsyncGenerator, Callable, Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from libs.integrations.audience import Reading
from libs.integrations.errors import UpstreamError, UpstreamIncompleteError
from libs.integrations.http import DEADLINE_S, UpstreamHttp
from libs.integrations.loose import several, size
from libs.integrations.paging import Page, Pager
from libs.integrations.plex.rows import ListAnswer, ListContainer, Row
from libs.integrations.retries import READ, RetryRule
from libs.integrations.translation import unreadable

R = TypeVar("R", bound=Row)
Params = Mapping[str, str]

PAGE_ROWS = 300
"""Rows of a library page: larger ones keep a server busy for tens of seconds."""
LONG_PAGE_ROWS = 1000
"""For short rows."""
ONE_ROW = {"X-Plex-Container-Start": "0", "X-Plex-Container-Size": "1"}
"""For finding out whether a list can be read at all."""


@dataclass(frozen=True, slots=True)
class PagedList(Generic[R]):
    """A list to be read in pages. `identity` tells its rows apart."""

    endpoint: str
    shape: type[ListAnswer[R]]
    identity: Callable[[R], Hashable]
    name: str
    params: Params
    page_rows: int = PAGE_ROWS


class PlexLists:
    """The lists of one server. `deadline_s` is for each call, its repetitions included."""

    def __init__(self, http: UpstreamHttp, *, deadline_s: float = DEADLINE_S) -> None:
        self._http = http
        self._deadline_s = deadline_s

    async def whole(
        self,
        endpoint: str,
        shape: type[ListAnswer[R]],
        params: Params | None = None,
        *,
        rule: RetryRule = READ,
        deadline_s: float | None = None,
    ) -> list[R]:
        """All rows of a list that does not come in pages."""
        limit_s = self._deadline_s if deadline_s is None else deadline_s
        answer = await self._http.read(endpoint, shape, params, rule=rule, deadline_s=limit_s)
        return self._rows(answer.container)

    async def pages(self, wanted: PagedList[R], reading: Reading[Any] | None = None) -> AsyncGenerator[list[R], None]:
        """The rows page by page; what the server announces is added to what `reading` declares."""
        before = None if reading is None else reading.rows_declared

        async def fetch(offset: int) -> Page[R]:
            page = await self._page(wanted, offset)
            if reading is not None:
                reading.rows_declared = None if before is None or page.total is None else before + page.total
            return page

        pager = Pager(fetch, wanted.identity, f"{wanted.name} of {self._http.upstream.name}")
        async with aclosing(pager.pages()) as pages:
            async for page in pages:
                yield page

    async def _page(self, wanted: PagedList[R], offset: int) -> Page[R]:
        window = {"X-Plex-Container-Start": str(offset), "X-Plex-Container-Size": str(wanted.page_rows)}
        params = {**wanted.params, **window}
        answer = await self._http.read(wanted.endpoint, wanted.shape, params, deadline_s=self._deadline_s)
        return Page(self._rows(answer.container), size(answer.container.total_size))

    def unreadable(self, why: str) -> UpstreamError:
        """The error for an answer that must not be used."""
        return unreadable(self._http.upstream, why)

    def _rows(self, container: ListContainer[R]) -> list[R]:
        rows = [*several(container.metadata), *several(container.directory), *several(container.account)]
        declared = size(container.size)
        if declared is None and not rows:
            raise self.unreadable("it holds neither rows nor their number")
        if declared is not None and declared != len(rows):
            message = f"{self._http.upstream.name} sent {len(rows)} of {declared} rows."
            raise UpstreamIncompleteError(message)
        return rows
