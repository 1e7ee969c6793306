"""Reads Jellystat's history: every row where the version hands them out, else user by user, else what it prepared."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from libs.integrations.audience import Play, PlayReading
from libs.integrations.errors import ErrorClass, UpstreamError, UpstreamIncompleteError
from libs.integrations.http import UpstreamHttp
from libs.integrations.jellystat.plays import Taking, native_key
from libs.integrations.jellystat.rows import Table, UserRow
from libs.integrations.jellystat.tables import NumberedPages, Told, pager_of
from libs.integrations.loose import positive, season, text
from libs.integrations.translation import unreadable

log = structlog.get_logger()

_ROWS = "/stats/getPlaybackActivity"
_USER_ROWS = "/api/getUserHistory"
_GROUPS = "/api/getHistory"
_USERS = "/stats/getAllUserActivity"
PAGE_ROWS = 1000
"""Its web pages ask for 200 at most, and the API sets no limit; the answer tells what a page really holds."""

_OVERLAP = timedelta(days=1)
_TIME = "ActivityDateInserted"
_ONLY_PREPARED = (
    "This version of Jellystat hands out a prepared list only: its newest plays and the counts of movies are missing. "
    "Update Jellystat to know them."
)
Body = Mapping[str, str]


class JellystatHistory:
    """The history of one Jellystat. `deadline_s` is for each call, its repetitions included."""

    def __init__(self, http: UpstreamHttp, name: str, *, deadline_s: float, page_rows: int) -> None:
        self._http = http
        self._name = name
        self._deadline_s = deadline_s
        self._page_rows = page_rows

    async def users(self) -> list[UserRow]:
        """Everybody it knows."""
        rows = await self._http.read(_USERS, list[UserRow], deadline_s=self._deadline_s)
        if not rows:
            # A media server has at least one user; a failed read looks like this.
            raise UpstreamIncompleteError(f"{self._name} named no users, which means that it could not read.")
        return rows

    async def plays(self, reading: PlayReading, since: datetime | None) -> AsyncGenerator[list[Play], None]:
        """Every play, or those since a day before `since`. Notes what the way of reading leaves out."""
        filters = {} if since is None else {"filters": _since(since - _OVERLAP)}
        if await self._has(_ROWS):
            source = self._from_rows(reading, filters)
        else:
            source = await self._of_old_version(reading, filters)
        async with aclosing(source):
            async for plays in source:
                if plays:
                    yield plays

    async def _of_old_version(
        self, reading: PlayReading, filters: Mapping[str, str]
    ) -> AsyncGenerator[list[Play], None]:
        users = [row for row in await self.users() if text(row.user_id)]
        if users and await self._has(_USER_ROWS, {"userid": text(users[0].user_id)}):
            return self._from_users(reading, users, filters)
        return self._from_groups(reading)

    async def _from_rows(self, reading: PlayReading, filters: Mapping[str, str]) -> AsyncGenerator[list[Play], None]:
        taking, came = Taking(reading.notes, seasons=await self._season_numbers(filters)), False
        async with aclosing(self._pages(_ROWS, filters)) as pages:
            async for page in pages:
                came = True
                yield taking.single(page)
        if not came and not filters:
            await self._require_empty()

    async def _from_users(
        self, reading: PlayReading, users: list[UserRow], filters: Mapping[str, str]
    ) -> AsyncGenerator[list[Play], None]:
        for user in users:
            taking, came = Taking(reading.notes), False
            async with aclosing(self._pages(_USER_ROWS, filters, {"userid": text(user.user_id)})) as pages:
                async for page in pages:
                    came = True
                    yield taking.single(page)
            if not came and not filters:
                self._require_no_plays([user])

    async def _from_groups(self, reading: PlayReading) -> AsyncGenerator[list[Play], None]:
        """The whole prepared list: its rows are counts, of which a part says nothing."""
        reading.is_addition = False
        reading.notes.is_partial = f"{reading.notes.is_partial} {_ONLY_PREPARED}".strip()
        taking = Taking(reading.notes)
        came = False
        async with aclosing(self._pages(_GROUPS, {})) as pages:
            async for page in pages:
                came = True
                yield taking.grouped(page)
        if not came:
            await self._require_empty()

    async def _season_numbers(self, filters: Mapping[str, str]) -> dict[str, int]:
        """Numbers of seasons by id, which single rows lack and the prepared list has.

        Without them plays are still plays: they count for every season of their show, which frees none of them.
        """
        found: dict[str, int] = {}
        try:
            async with aclosing(self._pages(_GROUPS, filters)) as pages:
                async for page in pages:
                    for each in page:
                        told = None if each.row is None else season(each.row.season_number)
                        if each.row is not None and told is not None:
                            found[native_key(each.row.season_id)] = told
        except UpstreamError as exc:
            log.warning("season numbers not read", upstream=self._name, error_class=exc.error_class, error=str(exc))
        return found

    async def _require_empty(self) -> None:
        self._require_no_plays(await self.users())

    def _require_no_plays(self, users: Iterable[UserRow]) -> None:
        """Raise when a history that showed nothing is not empty: a failed read of its database looks the same."""
        if any(positive(row.total_plays) for row in users):
            raise UpstreamIncompleteError(f"{self._name} has a history and showed nothing of it.")

    async def _has(self, endpoint: str, body: Body | None = None) -> bool:
        """False when this version does not know the call."""
        try:
            await self._table(endpoint, {"size": "1", "page": "1"}, body)
        except UpstreamError as exc:
            if exc.error_class is not ErrorClass.NOT_FOUND:
                raise
            return False
        return True

    async def _pages(
        self, endpoint: str, filters: Mapping[str, str], body: Body | None = None
    ) -> AsyncGenerator[list[Told], None]:
        """The rows of a table, newest first."""

        async def ask(number: int) -> Table:
            shown = {"size": str(self._page_rows), "page": str(number), "sort": _TIME, "desc": "true"}
            return await self._table(endpoint, {**shown, **filters}, body)

        walk = pager_of(NumberedPages(ask, self._unreadable), f"the history of {self._name}")
        async with aclosing(walk.pages()) as pages:
            async for page in pages:
                yield page

    async def _table(self, endpoint: str, params: Mapping[str, str], body: Body | None) -> Table:
        return await self._http.read(endpoint, Table, params, deadline_s=self._deadline_s, body=body)

    def _unreadable(self, why: str) -> UpstreamError:
        return unreadable(self._http.upstream, why)


def _since(earliest: datetime) -> str:
    """The filter for rows from a time on."""
    shown = earliest.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return msgspec.json.encode([{"field": _TIME, "min": shown}]).decode()
