"""The Tautulli client: who watched what on one Plex server."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from libs.common.domain.enums import IntegrationType
from libs.integrations.audience import (
    Activity,
    Play,
    PlayedItem,
    PlayNotes,
    PlayReading,
    ServerRef,
    SourceUser,
)
from libs.integrations.config import IntegrationConfig
from libs.integrations.errors import ErrorClass, UpstreamConfusingError, UpstreamError, UpstreamIncompleteError
from libs.integrations.hints import address_hint
from libs.integrations.http import DEADLINE_S, TEST_DEADLINE_S, UpstreamHttp
from libs.integrations.loose import UNREADABLE, decoder_for, size, text
from libs.integrations.models import ConnectionFacts
from libs.integrations.paging import Page, Pager
from libs.integrations.retries import ONCE, READ, RetryRule
from libs.integrations.tautulli.people import unrecorded, user_of
from libs.integrations.tautulli.plays import Told, native_key, since_then, take_in, told
from libs.integrations.tautulli.rows import AboutRow, ActivityRow, Answer, Envelope, HistoryTable, ServerRow, UserRow
from libs.integrations.translation import from_complaint, unreadable, unreadable_json

T = TypeVar("T")
_PATH = "/api/v2"
_PAGE_ROWS = 1000
_OVERLAP = timedelta(days=1)
"""So much before the asked time is read again: a row gets its place by its start and appears at its end."""

_NEWEST_FIRST = {"grouping": "0", "include_activity": "0", "order_column": "date", "order_dir": "desc"}
"""Grouping is on by default where the owner left it on, and would count a repetition as one play."""


class TautulliClient:
    """One Tautulli. `deadline_s` is for each call, its repetitions included."""

    def __init__(
        self,
        http: UpstreamHttp,
        config: IntegrationConfig,
        *,
        deadline_s: float = DEADLINE_S,
        page_rows: int = _PAGE_ROWS,
    ) -> None:
        self._http = http
        self._config = config
        self._deadline_s = deadline_s
        self._page_rows = page_rows

    async def aclose(self) -> None:
        """Close the pooled connections."""
        await self._http.aclose()

    async def test(self) -> ConnectionFacts:
        """Ask once, within ten seconds, whether a Tautulli answers and takes the key."""
        about = await self._about()
        version = text(about.tautulli_version)
        return ConnectionFacts("Tautulli", version, hint=address_hint(self._http, self._config))

    async def probe(self) -> None:
        """Ask once whether it is there; every call needs the key."""
        await self._about()

    async def servers(self) -> tuple[ServerRef, ...]:
        """The one Plex server it watches."""
        row = await self._ask("get_server_info", ServerRow)
        return (
            ServerRef(identity=text(row.pms_identifier) or None, type=IntegrationType.PLEX, name=text(row.pms_name)),
        )

    async def users(self) -> tuple[SourceUser, ...]:
        """Everybody it knows, also those whose plays it does not keep."""
        return tuple(user for row in await self._user_rows() if (user := user_of(row)) is not None)

    def plays(self, since: datetime | None = None) -> PlayReading:
        """Every row of the history, newest first, or those that began after `since` less a day."""
        return PlayReading(partial(self._plays, since=since), is_addition=since is not None)

    async def now_playing(self) -> frozenset[str]:
        """Rating keys of the movies, episodes and shows that somebody is watching."""
        activity = await self._ask("get_activity", ActivityRow)
        sessions = activity.sessions
        if sessions is None or len(sessions) < (size(activity.stream_count) or 0):
            raise UpstreamIncompleteError(f"{self._config.name} could not tell who is watching. Is its Plex running?")
        keys = (key for row in sessions for key in (row.rating_key, row.grandparent_rating_key))
        return frozenset(found for key in keys if (found := native_key(key)))

    async def activity(self, item: PlayedItem) -> Activity:
        """Everybody's plays of one movie or episode."""
        if native_key(item.native_id) != item.native_id:
            raise UpstreamConfusingError(ErrorClass.NOT_FOUND, "No item of a Plex can have this id.")
        notes, plays = PlayNotes(), list[Play]()
        pager = Pager(
            partial(self._history_page, of_item=item.native_id),
            lambda each: each.identity,
            f"the history of {self._config.name}",
        )
        async with aclosing(pager.pages()) as pages:
            async for page in pages:
                plays += take_in(page, notes)
        return Activity(tuple(plays), titles=tuple(notes.titles.values()))

    async def _plays(self, reading: PlayReading, since: datetime | None) -> AsyncGenerator[list[Play], None]:
        notes = reading.notes
        notes.is_partial = unrecorded(await self._user_rows())
        oldest = None if since is None else since - _OVERLAP
        pager = Pager(self._history_page, lambda each: each.identity, f"the history of {self._config.name}")
        async with aclosing(pager.pages()) as pages:
            async for page in pages:
                wanted = page if oldest is None else since_then(page, oldest)
                plays = take_in(wanted, notes)
                if plays:
                    yield plays
                if len(wanted) < len(page):
                    return
        reading.rows_declared = pager.total

    async def _history_page(self, offset: int, of_item: str = "") -> Page[Told]:
        params = {**_NEWEST_FIRST, "start": str(offset), "length": str(self._page_rows)}
        if of_item:
            params["rating_key"] = of_item
        table = await self._ask("get_history", HistoryTable, params)
        total = size(table.records_filtered)
        if table.data is None or total is None:
            raise unreadable(self._http.upstream, "it does not tell how long its history is")
        if not table.data and offset == 0 and not of_item and (size(table.records_total) or 0) > 0:
            # Nothing was filtered out: a read of its database failed, which it does not say.
            raise UpstreamIncompleteError(f"{self._config.name} has a history and showed nothing of it.")
        return Page([told(raw, offset + place) for place, raw in enumerate(table.data)], total)

    async def _user_rows(self) -> list[UserRow]:
        rows = await self._ask("get_users", list[UserRow])
        if not rows:
            # Every installation has at least the user for those who do not sign in; a failed read looks like this.
            raise UpstreamIncompleteError(f"{self._config.name} named no users, which means that it could not read.")
        return rows

    async def _about(self) -> AboutRow:
        about = await self._ask("get_tautulli_info", AboutRow, rule=ONCE, deadline_s=TEST_DEADLINE_S)
        if not text(about.tautulli_version):
            raise self._wrong_service()
        return about

    async def _ask(
        self,
        command: str,
        shape: type[T],
        params: Mapping[str, str] | None = None,
        *,
        rule: RetryRule = READ,
        deadline_s: float | None = None,
    ) -> T:
        """The data of one command."""
        envelope = await self._http.read(
            _PATH,
            Envelope,
            {"cmd": command, **(params or {})},
            rule=rule,
            deadline_s=self._deadline_s if deadline_s is None else deadline_s,
        )
        answer = self._success(envelope)
        try:
            found: T = decoder_for(shape).decode(answer.data)
        except UNREADABLE as exc:
            raise unreadable_json(self._http.upstream) from exc
        return found

    def _success(self, envelope: Envelope) -> Answer:
        """What is in the envelope, unless it is a complaint: old versions send those with a good status."""
        answer = envelope.response
        if answer is None:
            raise self._wrong_service()
        if text(answer.result) != "success":
            complaint = from_complaint(text(answer.message).encode(), self._http.upstream)
            raise complaint or unreadable(self._http.upstream, "it reports an error of its own; see its logs")
        return answer

    def _wrong_service(self) -> UpstreamError:
        return UpstreamConfusingError(ErrorClass.WRONG_SERVICE, "This is something else, not Tautulli.")
