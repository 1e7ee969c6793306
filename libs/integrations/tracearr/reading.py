"""Puts the plays of a Tracearr together: from both lists of its second API, or from the history of the first."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.clock import real_now
from libs.common.domain.enums import TitleKind
from libs.integrations.audience import Play, PlayNotes, PlayReading
from libs.integrations.loose import moment, text
from libs.integrations.tracearr.crosscheck import CrossCheck
from libs.integrations.tracearr.first import FirstApi
from libs.integrations.tracearr.plays import counted, single
from libs.integrations.tracearr.rows import SessionRow, TallyRow
from libs.integrations.tracearr.second import SecondApi
from libs.integrations.tracearr.titles import KINDS, KnownIds, tallied_title, watched_title


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a first reading looks for who watched, from the newest play on.

    A page is a call, and Tracearr allows 240 of them a minute.
    """

    time: timedelta = timedelta(days=400)
    pages: int = 400


FULL_REACH = Reach()
_OVERLAP = timedelta(days=1)
"""A session is told from its start on, so one that ended lately may have begun before."""
_EXAMPLES = 20


class Gatherer:
    """Turns rows into plays, page by page, and notes what it learns about their titles on the way."""

    def __init__(self, notes: PlayNotes) -> None:
        self._notes = notes
        self._known = KnownIds()

    def counts(self, rows: Iterable[TallyRow], kind: TitleKind, server: str, now: datetime) -> list[Play]:
        """The counted plays of a server."""
        found: list[Play] = []
        for row in rows:
            title = tallied_title(row, kind, server)
            if title is None:
                self._unresolved(text(row.title))
                continue
            self._known.learn(title)
            self._notes.titles[server, title.native_id] = title
            self._add(found, counted(row, title, now), kind)
        return found

    def singles(self, rows: Iterable[SessionRow]) -> list[Play]:
        """Single plays; what is neither a movie nor an episode is nobody's matter here."""
        found: list[Play] = []
        for row in rows:
            kind = KINDS.get(text(row.media_type).lower())
            title = None if kind is None else watched_title(row, kind, self._known)
            if title is not None:
                self._notes.titles.setdefault((title.server, title.native_id), title)
                self._add(found, single(row, title), title.kind)
            elif kind is not None or not text(row.media_type):
                self._unresolved(text(row.media_title))
        return found

    def _add(self, found: list[Play], play: Play, kind: TitleKind) -> None:
        if kind is TitleKind.TV and play.season_number is None:
            self._notes.tells_seasons = False
        found.append(play)

    def _unresolved(self, name: str) -> None:
        self._notes.unresolved += 1
        if name and len(self._notes.examples) < _EXAMPLES:
            self._notes.examples.append(name)


async def second_plays(
    api: SecondApi, servers: Sequence[str], reading: PlayReading, since: datetime | None, reach: Reach
) -> AsyncGenerator[list[Play], None]:
    """Everything that was ever counted, and the single plays of late, which tell the time and the person.

    Raises `UpstreamIncompleteError` when the two lists contradict each other: pages with cursors have no totals.
    """
    gatherer, now = Gatherer(reading.notes), real_now()
    start = None if since is None else since - _OVERLAP
    check = CrossCheck(frozenset(servers), start)
    for server in servers:
        for media_type, kind in KINDS.items():
            async with aclosing(api.tallies(media_type, server)) as tallies:
                async for page in tallies:
                    check.see_counts(page, kind, server)
                    if found := gatherer.counts(page, kind, server, now):
                        yield found
    async with aclosing(_late_sessions(api, reading.notes, start, reach)) as sessions:
        async for rows in sessions:
            check.see_sessions(rows)
            if found := gatherer.singles(rows):
                yield found
    check.end()


async def first_plays(api: FirstApi, reading: PlayReading, since: datetime | None) -> AsyncGenerator[list[Play], None]:
    """All single plays, or those since a time."""
    gatherer = Gatherer(reading.notes)
    start = None if since is None else since - _OVERLAP
    declared = 0
    for media_type in KINDS:
        pager = api.sessions(media_type, start)
        async with aclosing(pager.pages()) as pages:
            async for rows in pages:
                if found := gatherer.singles(rows):
                    yield found
        declared += pager.total or 0
        reading.rows_declared = declared


async def _late_sessions(
    api: SecondApi, notes: PlayNotes, start: datetime | None, reach: Reach
) -> AsyncGenerator[list[SessionRow], None]:
    """Sessions from `start` on. Without one no further back than `reach`, and a note how far that was.

    How far is counted from the newest session on, so that the two clocks need not agree.
    """
    newest: datetime | None = None
    number = 0
    async with aclosing(api.sessions(start)) as pages:
        async for rows in pages:
            yield rows
            number += 1
            times = [found for row in rows if (found := moment(row.started_at)) is not None]
            newest = max(times, default=None) if newest is None else newest
            oldest = min(times, default=newest)
            if start is not None or newest is None or oldest is None:
                continue
            if number >= reach.pages or newest - oldest >= reach.time:
                notes.people_since = oldest
                return
