"""The calls of Tracearr's first API."""

from dataclasses import dataclass
from datetime import datetime

from libs.integrations.config import IntegrationConfig
from libs.integrations.http import DEADLINE_S, UpstreamHttp
from libs.integrations.loose import positive, size, text
from libs.integrations.paging import Page, Pager
from libs.integrations.retries import READ, RetryRule
from libs.integrations.tracearr.rows import HealthRow, NumberedPage, OldStreamsRow, SessionRow
from libs.integrations.translation import unreadable

_PREFIX = "/api/v1/public"
_ROWS = 100


class FirstApi:
    """Lists in numbered pages. `deadline_s` is for each page, its repetitions included."""

    def __init__(self, http: UpstreamHttp, config: IntegrationConfig, *, deadline_s: float = DEADLINE_S) -> None:
        self._http = http
        self._name = config.name
        self._deadline_s = deadline_s

    async def health(self, rule: RetryRule = READ, deadline_s: float = DEADLINE_S) -> HealthRow:
        """The release, and the media servers."""
        return await self._http.read(f"{_PREFIX}/health", HealthRow, rule=rule, deadline_s=deadline_s)

    async def streams(self) -> list[SessionRow]:
        """What is running now."""
        found = await self._http.read(f"{_PREFIX}/streams", OldStreamsRow, deadline_s=self._deadline_s)
        return [row.as_session() for row in found.data]

    def sessions(self, media_type: str, since: datetime | None) -> Pager[SessionRow]:
        """Sessions of movies or of episodes, newest first. An early release may answer with all of them anyway."""
        numbered = _Numbered(self, media_type, since)
        return Pager(numbered.fetch, self._identified, f"the history of {self._name}")

    async def page(self, media_type: str, since: datetime | None, number: int) -> NumberedPage:
        """One page of the history; the first has number 1."""
        params = {"page": str(number), "pageSize": str(_ROWS), "mediaType": media_type}
        if since is not None:
            params["startDate"] = since.strftime("%Y-%m-%d")
        return await self._http.read(f"{_PREFIX}/history", NumberedPage, params, deadline_s=self._deadline_s)

    def _identified(self, row: SessionRow) -> str:
        found = text(row.id)
        if not found:
            raise unreadable(self._http.upstream, "a play has no id")
        return found


@dataclass(slots=True)
class _Numbered:
    """Turns offsets into the numbers of pages, whose size is the one that the API says it gives."""

    api: FirstApi
    media_type: str
    since: datetime | None
    rows: int = _ROWS

    async def fetch(self, offset: int) -> Page[SessionRow]:
        page = await self.api.page(self.media_type, self.since, offset // self.rows + 1)
        self.rows = positive(page.meta.page_size) or self.rows
        return Page([row.as_session() for row in page.data], size(page.meta.total))
