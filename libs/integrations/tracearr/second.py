"""The calls of Tracearr's second API."""

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import TypeVar

from libs.integrations.config import IntegrationConfig
from libs.integrations.errors import UpstreamConfusingError
from libs.integrations.http import DEADLINE_S, UpstreamHttp
from libs.integrations.loose import text
from libs.integrations.retries import READ, RetryRule
from libs.integrations.tracearr.cursors import cursor_pages
from libs.integrations.tracearr.rows import (
    CursorPage,
    LibrariesRow,
    PersonRow,
    ServersRow,
    SessionRow,
    StreamsRow,
    TallyRow,
)
from libs.integrations.translation import unreadable

R = TypeVar("R", PersonRow, SessionRow, TallyRow)
_PREFIX = "/api/v2/public"
TALLIES, _ROWS = 1000, 100
"""The most rows a page may have; more is refused."""


class SecondApi:
    """Lists in pages with cursors. `deadline_s` is for each page, its repetitions included."""

    def __init__(
        self,
        http: UpstreamHttp,
        config: IntegrationConfig,
        *,
        deadline_s: float = DEADLINE_S,
        tallies_per_page: int = TALLIES,
    ) -> None:
        self._http = http
        self._name = config.name
        self._deadline_s = deadline_s
        self._tallies_per_page = tallies_per_page

    async def servers(self, rule: RetryRule = READ, deadline_s: float = DEADLINE_S) -> ServersRow:
        """The media servers, and the release. Raises a 404 where this call is not there."""
        return await self._http.read(f"{_PREFIX}/servers", ServersRow, rule=rule, deadline_s=deadline_s)

    async def answers(self, rule: RetryRule = READ, deadline_s: float = DEADLINE_S) -> bool:
        """Whether this API is there at all; its first releases could not tell their servers."""
        try:
            await self._http.read(f"{_PREFIX}/libraries", LibrariesRow, rule=rule, deadline_s=deadline_s)
        except UpstreamConfusingError as exc:
            if exc.status != 404:
                raise
            return False
        return True

    async def streams(self) -> list[SessionRow]:
        """What is running now."""
        return (await self._http.read(f"{_PREFIX}/streams", StreamsRow, deadline_s=self._deadline_s)).data

    def people(self) -> AsyncGenerator[list[PersonRow], None]:
        """Everybody, also whose accounts were removed: their plays are still told."""
        fixed = {"pageSize": str(_ROWS), "include_removed": "true"}
        return cursor_pages(
            lambda cursor: self._page("/users", CursorPage[PersonRow], fixed, cursor),
            lambda row: self._identified(text(row.id), "a user"),
            f"the users of {self._name}",
        )

    def tallies(self, media_type: str, server: str) -> AsyncGenerator[list[TallyRow], None]:
        """What was watched or begun on a server (empty: on all), counted over all people."""
        fixed = {"media_type": media_type, "min_state": "partial", "pageSize": str(self._tallies_per_page)}
        if server:
            fixed["server_id"] = server
        return cursor_pages(
            lambda cursor: self._page("/watched-media", CursorPage[TallyRow], fixed, cursor),
            _tally_id,
            f"the counted plays of {self._name}",
        )

    def sessions(self, since: datetime | None) -> AsyncGenerator[list[SessionRow], None]:
        """Single plays, all of them or those since a time, newest first."""
        fixed = {"pageSize": str(_ROWS)}
        if since is not None:
            fixed["since"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        return cursor_pages(
            lambda cursor: self._page("/history", CursorPage[SessionRow], fixed, cursor),
            lambda row: self._identified(text(row.id), "a play"),
            f"the history of {self._name}",
        )

    async def _page(
        self, endpoint: str, shape: type[CursorPage[R]], fixed: Mapping[str, str], cursor: str | None
    ) -> CursorPage[R]:
        params = fixed if cursor is None else {**fixed, "cursor": cursor}
        return await self._http.read(f"{_PREFIX}{endpoint}", shape, params, deadline_s=self._deadline_s)

    def _identified(self, found: str, what: str) -> str:
        if not found:
            raise unreadable(self._http.upstream, f"{what} has no id")
        return found


def _tally_id(row: TallyRow) -> tuple[str, ...]:
    """Rows without an id are told apart by their names."""
    if media_id := text(row.media_id):
        return (media_id,)
    return tuple(map(text, (row.show_title, row.title, row.year, row.season_number)))
