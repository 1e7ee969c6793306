"""What a Plex makes of plays: a history of those that were watched to the end, and one person's counters."""

from collections.abc import Iterable
from typing import NamedTuple

from libs.simulator.audience import MediaServer, ViewEvent

_WATCHED_SHARE = 0.9


class Views(NamedTuple):
    """One person's counters: how often and when last, by rating key of movies and episodes, and by show.

    `leaves` counts the different episodes seen of a show.
    """

    items: dict[int, tuple[int, int]]
    leaves: dict[int, int]


NOTHING = (0, 0)


def watched(server: MediaServer) -> list[ViewEvent]:
    """Plays that reached the end, newest first. A broken-off start leaves no trace in a Plex history."""
    ends = {title.native: title.runtime_s * _WATCHED_SHARE for title in server.titles.values()}
    return [view for view in reversed(server.plays) if view.seconds >= ends.get(view.title, 0)]


def views_of(person: int, server: MediaServer, history: Iterable[ViewEvent]) -> Views:
    """The counters a person finds in the library; `history` is newest first."""
    items: dict[int, tuple[int, int]] = {}
    leaves: dict[int, int] = {}
    firsts = {
        (title.native, season.number): season.first for title in server.titles.values() for season in title.seasons
    }
    for view in history:
        if view.person != person:
            continue
        _count(items, view.title, view.at)
        first = firsts.get((view.title, view.season))
        if first is not None and view.episode:
            leaf = first + view.episode - 1
            leaves[view.title] = leaves.get(view.title, 0) + (leaf not in items)
            _count(items, leaf, view.at)
    return Views(items, leaves)


def _count(items: dict[int, tuple[int, int]], native: int, at: int) -> None:
    plays, newest = items.get(native, NOTHING)
    items[native] = (plays + 1, max(newest, at))
