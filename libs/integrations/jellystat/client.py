"""The Jellystat client: who watched what on one Jellyfin or Emby."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from functools import partial

from libs.integrations.audience import Play, PlayReading, ServerRef, SourceUser
from libs.integrations.config import IntegrationConfig
from libs.integrations.deadlines import Deadline
from libs.integrations.errors import ErrorClass, UpstreamConfusingError, UpstreamError
from libs.integrations.hints import address_hint
from libs.integrations.http import DEADLINE_S, TEST_DEADLINE_S, UpstreamHttp
from libs.integrations.jellystat.history import PAGE_ROWS, JellystatHistory
from libs.integrations.jellystat.people import server_type, unrecorded, users_of
from libs.integrations.jellystat.rows import ConfigRow, LibraryRow
from libs.integrations.loose import claim, text
from libs.integrations.models import ConnectionFacts
from libs.integrations.retries import ONCE, READ, RetryRule

_CONFIG = "/api/getconfig"
_LIBRARIES = "/api/getLibraries"


class JellystatClient:
    """One Jellystat. `deadline_s` is for each call, its repetitions included."""

    def __init__(
        self,
        http: UpstreamHttp,
        config: IntegrationConfig,
        *,
        deadline_s: float = DEADLINE_S,
        page_rows: int = PAGE_ROWS,
    ) -> None:
        self._http = http
        self._config = config
        self._deadline_s = deadline_s
        self._page_rows = page_rows

    async def aclose(self) -> None:
        """Close the pooled connections."""
        await self._http.aclose()

    async def test(self) -> ConnectionFacts:
        """Ask once, within ten seconds, whether a Jellystat answers and takes the key. It tells no version."""
        deadline = Deadline(TEST_DEADLINE_S)
        libraries = await self._libraries(ONCE, deadline.left_s)
        if any(not text(row.id) for row in libraries):
            raise self._wrong_service()
        await self._settings(ONCE, deadline.left_s)
        return ConnectionFacts("Jellystat", "", hint=address_hint(self._http, self._config))

    async def probe(self) -> None:
        """Ask once whether it is there; every call needs the key."""
        await self._settings(ONCE, TEST_DEADLINE_S)

    async def servers(self) -> tuple[ServerRef, ...]:
        """The one media server it watches; libraries of a former one are archived."""
        libraries = await self._libraries(READ, self._deadline_s)
        told = {text(row.server_id) for row in libraries if claim(row.archived) is not True} - {""}
        kind = server_type(await self._settings(READ, self._deadline_s))
        return (ServerRef(identity=told.pop() if len(told) == 1 else None, type=kind),)

    async def users(self) -> tuple[SourceUser, ...]:
        """Everybody it knows, also those it was told to leave out."""
        config = await self._settings(READ, self._deadline_s)
        return users_of(await self._history().users(), config)

    def plays(self, since: datetime | None = None) -> PlayReading:
        """Every play, newest first, or those since a day before `since`; an old version answers with all anyway."""
        return PlayReading(partial(self._plays, since=since), is_addition=since is not None)

    async def _plays(self, reading: PlayReading, since: datetime | None) -> AsyncGenerator[list[Play], None]:
        reading.notes.is_partial = unrecorded(await self._settings(READ, self._deadline_s))
        async with aclosing(self._history().plays(reading, since)) as pages:
            async for page in pages:
                yield page

    def _history(self) -> JellystatHistory:
        return JellystatHistory(self._http, self._config.name, deadline_s=self._deadline_s, page_rows=self._page_rows)

    async def _libraries(self, rule: RetryRule, deadline_s: float) -> list[LibraryRow]:
        return await self._http.read(_LIBRARIES, list[LibraryRow], rule=rule, deadline_s=deadline_s)

    async def _settings(self, rule: RetryRule, deadline_s: float) -> ConfigRow:
        """How it is set up. Raises `wrong_service` when somebody else answers."""
        config = await self._http.read(_CONFIG, ConfigRow, rule=rule, deadline_s=deadline_s)
        if not text(config.host) and claim(config.is_jellyfin) is None:
            raise self._wrong_service()
        return config

    def _wrong_service(self) -> UpstreamError:
        return UpstreamConfusingError(ErrorClass.WRONG_SERVICE, "This is something else, not Jellystat.")
