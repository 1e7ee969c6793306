"""Reads what was watched on a Plex: everybody's history, or, for a token that may not, its own user's counters."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import datetime, timedelta

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import Activity, Play, PlayNotes, PlayReading
from libs.integrations.plex import rows as wire
from libs.integrations.plex.counters import episode_count, is_seen, movie_count
from libs.integrations.plex.history import (
    episode_play,
    example,
    history_title,
    is_episode,
    is_movie,
    movie_play,
    named,
    view_identity,
)
from libs.integrations.plex.library import PlexLibrary
from libs.integrations.plex.lists import LONG_PAGE_ROWS, PagedList, PlexLists
from libs.integrations.plex.shows import Leaves, ShowFinder

HISTORY = "/status/sessions/history/all"
METADATA = "/library/metadata"
_OVERLAP = timedelta(days=1)
"""How far before the wanted time an addition begins: clocks differ, and players report late."""
_MAX_EXAMPLES = 20


class PlexPlays:
    """Reads plays of one server."""

    def __init__(self, lists: PlexLists, library: PlexLibrary) -> None:
        self._lists = lists
        self._library = library

    async def history(self, reading: PlayReading, since: datetime | None) -> AsyncGenerator[list[Play], None]:
        """The history, newest first, so that what comes in meanwhile makes no row go missing."""
        finder = ShowFinder(self._library.leaves, self._library.show_names)
        params = {"sort": "viewedAt:desc"}
        if since is not None:
            params["viewedAt>"] = str(int((since - _OVERLAP).timestamp()))
        wanted = PagedList(
            HISTORY, wire.ListAnswer[wire.ViewRow], view_identity, "the history", params, page_rows=LONG_PAGE_ROWS
        )
        reading.rows_declared = 0
        async with aclosing(self._lists.pages(wanted, reading)) as pages:
            async for page in pages:
                if found := [play for row in page if (play := await _play_of(row, finder, reading.notes)) is not None]:
                    yield found

    async def of_item(self, native: str) -> Activity:
        """Everybody's plays of one movie or episode. Where rows do not tell its show, the episode itself does."""

        async def its_leaf() -> Leaves:
            found = Leaves()
            for row in await self._lists.whole(f"{METADATA}/{native}", wire.ListAnswer[wire.LeafRow]):
                found.add(row)
            return found

        finder, notes = ShowFinder(its_leaf, self._library.show_names), PlayNotes()
        params = {"sort": "viewedAt:desc", "metadataItemID": native}
        wanted = PagedList(
            HISTORY, wire.ListAnswer[wire.ViewRow], view_identity, "the history", params, page_rows=LONG_PAGE_ROWS
        )
        plays: list[Play] = []
        async with aclosing(self._lists.pages(wanted)) as pages:
            async for page in pages:
                plays += [play for row in page if (play := await _play_of(row, finder, notes)) is not None]
        return Activity(tuple(plays), titles=tuple(notes.titles.values()))

    async def counters(self, reading: PlayReading, user: str) -> AsyncGenerator[list[Play], None]:
        """What the library rows count: all plays of the token's user, whenever they were."""
        reading.is_addition = False
        reading.rows_declared = None
        for section in await self._library.sections():
            if section.kind is TitleKind.MOVIE:
                async with aclosing(self._library.rows(section)) as movies:
                    async for page in movies:
                        if found := [play for row in page if (play := movie_count(row, user)) is not None]:
                            yield found
            else:
                async with aclosing(self._library.episodes(section)) as episodes:
                    async for leaves in episodes:
                        if found := _counted(leaves, user, reading.notes):
                            yield found


async def _play_of(row: wire.ViewRow, finder: ShowFinder, notes: PlayNotes) -> Play | None:
    """The play; None for music and clips, and for rows that name no title, which are counted."""
    play: Play | None = None
    if is_movie(row):
        play = movie_play(row)
    elif is_episode(row):
        place = await finder.place(row)
        play = None if place is None else episode_play(row, place)
        notes.tells_seasons = notes.tells_seasons and (place is None or place.season is not None)
    else:
        return None
    if play is None:
        _unresolved(notes, example(row))
    elif ("", play.title_id) not in notes.titles:
        notes.titles["", play.title_id] = history_title(row, play.title_id)
    return play


def _counted(leaves: Iterable[wire.LeafRow], user: str, notes: PlayNotes) -> list[Play]:
    found = []
    for row in leaves:
        if not is_seen(row):
            continue
        play = episode_count(row, user)
        if play is None:
            _unresolved(notes, named(row.grandparent_title, row.title))
            continue
        notes.tells_seasons = notes.tells_seasons and play.season_number is not None
        found.append(play)
    return found


def _unresolved(notes: PlayNotes, name: str) -> None:
    notes.unresolved += 1
    if len(notes.examples) < _MAX_EXAMPLES and name not in notes.examples:
        notes.examples.append(name)
