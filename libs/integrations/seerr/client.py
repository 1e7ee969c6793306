"""The Seerr client: who has asked for what."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TypeVar

from libs.integrations.audience import Reading, SourceUser, TitleRequest
from libs.integrations.config import IntegrationConfig
from libs.integrations.deadlines import Deadline
from libs.integrations.errors import ErrorClass, UpstreamConfusingError, UpstreamError
from libs.integrations.hints import address_hint
from libs.integrations.http import DEADLINE_S, TEST_DEADLINE_S, UpstreamHttp
from libs.integrations.loose import positive, size, text
from libs.integrations.models import ConnectionFacts
from libs.integrations.paging import Page, Pager
from libs.integrations.retries import ONCE
from libs.integrations.seerr.people import user_of
from libs.integrations.seerr.requests import request_of
from libs.integrations.seerr.rows import MeRow, PageInfoRow, RequestPage, RequestRow, StatusRow, UserPage, UserRow
from libs.integrations.translation import unreadable

T = TypeVar("T")
_PREFIX = "/api/v1"
_PAGE_ROWS = 100
_STATUSES_PER_KEY_CHECK = 9
"""The status needs no key: every tenth probe asks for something that does (integrations.md 17.2)."""


class SeerrClient:
    """One Seerr, Overseerr or Jellyseerr. `deadline_s` is for each page, its repetitions included."""

    def __init__(self, http: UpstreamHttp, config: IntegrationConfig, *, deadline_s: float = DEADLINE_S) -> None:
        self._http = http
        self._config = config
        self._deadline_s = deadline_s
        self._statuses_left = 0

    async def aclose(self) -> None:
        """Close the pooled connections."""
        await self._http.aclose()

    async def test(self) -> ConnectionFacts:
        """Ask once, within ten seconds, whether it is there and takes the key. The public version proves nothing."""
        deadline = Deadline(TEST_DEADLINE_S)
        await self._me(deadline.left_s)
        version = await self._version(deadline.left_s)
        return ConnectionFacts(app_name=_flavour(version), version=version, hint=address_hint(self._http, self._config))

    async def probe(self) -> None:
        """Ask once whether it is there. The first probe, the one after a failure and every tenth check the key too."""
        left, self._statuses_left = self._statuses_left, 0
        if left > 0:
            await self._version(TEST_DEADLINE_S)
            self._statuses_left = left - 1
            return
        await self._me(TEST_DEADLINE_S)
        self._statuses_left = _STATUSES_PER_KEY_CHECK

    async def users(self) -> tuple[SourceUser, ...]:
        """Everybody with an account."""
        pager = Pager(self._user_page, self._user_id, f"the users of {self._config.name}")
        found: list[SourceUser] = []
        async with aclosing(pager.pages()) as pages:
            async for page in pages:
                found += [user for row in page if (user := user_of(row)) is not None]
        return tuple(found)

    def requests(self) -> Reading[TitleRequest]:
        """Every request, newest first, also the declined and failed ones. Rows that name no title are counted."""
        return Reading(self._request_pages)

    async def request(self, request_id: int) -> TitleRequest | None:
        """One request as it is now; None when Seerr itself says that there is none, or it names no title."""
        try:
            row = await self._read(f"/request/{request_id}", RequestRow, {})
        except UpstreamConfusingError as exc:
            if exc.status != 404:
                raise
            await self._me(TEST_DEADLINE_S)  # somebody in front of it may have said so
            return None
        if self._request_id(row) != request_id:
            raise unreadable(self._http.upstream, "it is about another request")
        return request_of(row)

    async def _request_pages(self, reading: Reading[TitleRequest]) -> AsyncGenerator[list[TitleRequest], None]:
        pager = Pager(self._request_page, self._request_id, f"the requests of {self._config.name}")
        async with aclosing(pager.pages()) as pages:
            async for page in pages:
                reading.rows_declared = pager.total
                found = [request for row in page if (request := request_of(row)) is not None]
                reading.rows_skipped += len(page) - len(found)
                if found:
                    yield found
        reading.rows_declared = pager.total

    async def _request_page(self, offset: int) -> Page[RequestRow]:
        page = await self._read("/request", RequestPage, {**_window(offset), "filter": "all", "sort": "added"})
        return Page(page.results, _total(page.page_info))

    async def _user_page(self, offset: int) -> Page[UserRow]:
        page = await self._read("/user", UserPage, {**_window(offset), "sort": "created"})
        return Page(page.results, _total(page.page_info))

    def _request_id(self, row: RequestRow) -> int:
        return self._numbered(positive(row.id), "a request")

    def _user_id(self, row: UserRow) -> int:
        return self._numbered(positive(row.id), "a user")

    def _numbered(self, found: int | None, what: str) -> int:
        if found is None:
            raise unreadable(self._http.upstream, f"{what} has no number")
        return found

    async def _read(self, endpoint: str, shape: type[T], params: Mapping[str, str]) -> T:
        return await self._http.read(f"{_PREFIX}{endpoint}", shape, params, deadline_s=self._deadline_s)

    async def _me(self, deadline_s: float) -> None:
        """Whom the key acts as. Raises `auth` for a bad key, `wrong_service` when somebody else answers."""
        me = await self._http.read(f"{_PREFIX}/auth/me", MeRow, rule=ONCE, deadline_s=deadline_s)
        if positive(me.id) is None or me.permissions is None:
            raise self._wrong_service(text(me.app_name))

    async def _version(self, deadline_s: float) -> str:
        status = await self._http.read(f"{_PREFIX}/status", StatusRow, rule=ONCE, deadline_s=deadline_s)
        version = text(status.version)
        if not version:
            raise self._wrong_service("")
        return version

    def _wrong_service(self, found: str) -> UpstreamError:
        message = f"This is {found or 'something else'}, not {self._http.upstream.system.label}."
        return UpstreamConfusingError(ErrorClass.WRONG_SERVICE, message)


def _window(offset: int) -> dict[str, str]:
    return {"take": str(_PAGE_ROWS), "skip": str(offset)}


def _total(info: PageInfoRow | None) -> int | None:
    return None if info is None else size(info.results)


def _flavour(version: str) -> str:
    """The frozen ancestor never reached version 2."""
    return "Overseerr" if version.startswith("1.") else "Seerr"
