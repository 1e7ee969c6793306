"""What each person has done with each item, as the servers keep it: counters, no plays."""

from collections import Counter

import msgspec

from libs.simulator.audience import Favourite, MediaServer, ServerTitle, ViewEvent

_BEGINNING_SHARE, _END_SHARE = 0.05, 0.9


class Standing(msgspec.Struct, gc=False):
    """One person and one item. `last_at` is in epoch seconds; `position_s` above 0: it can be resumed."""

    plays: int = 0
    last_at: int = 0
    position_s: int = 0
    is_played: bool = False

    def start(self, view: ViewEvent, runtime_s: int) -> None:
        """A play: counted and dated when it starts, and no longer played until it comes to its end once more."""
        share = view.seconds / max(runtime_s, 1)
        self.plays += 1
        self.last_at = max(self.last_at, view.at)
        self.is_played = share >= _END_SHARE
        self.position_s = view.seconds if _BEGINNING_SHARE <= share < _END_SHARE else 0


class Standings:
    """Everybody's standing with everything, kept until something was played or marked since."""

    def __init__(self, media: MediaServer) -> None:
        self._media = media
        self._mark: tuple[int, ...] = ()
        self._of: dict[int, dict[int, Standing]] = {}
        self._marked: dict[int, set[int]] = {}
        self._seen: dict[int, Counter[int]] = {}

    @property
    def mark(self) -> tuple[int, ...]:
        """Changes when what is held may have changed."""
        media = self._media
        return (media.revision, len(media.plays), len(media.favourites), len(media.titles))

    def of(self, person: int) -> dict[int, Standing]:
        """By native number, what the person has played or begun."""
        self._refresh()
        return self._of.get(person, {})

    def favourites(self, person: int) -> set[int]:
        """The native numbers of what the person has marked."""
        self._refresh()
        return self._marked.get(person, set())

    def unplayed(self, person: int, title: ServerTitle) -> int:
        """How many episodes of a show the person has not played to the end."""
        self._refresh()
        episodes = sum(season.episodes for season in title.seasons)
        return episodes - self._seen.get(person, Counter())[title.native]

    def _refresh(self) -> None:
        if self._mark == self.mark:
            return
        self._mark = self.mark
        titles = self._media.titles
        firsts = {(t.native, season.number): season.first for t in titles.values() for season in t.seasons}
        self._of, self._marked, self._seen = {}, {}, {}
        for view in self._media.plays:
            if view.title in titles:
                self._count(view, titles[view.title], firsts.get((view.title, view.season), 0))
        for mark in self._media.favourites:
            if mark.title in titles:
                self._marked.setdefault(mark.person, set()).add(_marked_native(mark, titles[mark.title]))

    def _count(self, view: ViewEvent, title: ServerTitle, first: int) -> None:
        """`first` is the number of the season's first episode."""
        native = first + view.episode - 1 if view.episode else view.title
        standing = self._of.setdefault(view.person, {}).setdefault(native, Standing())
        was_played = standing.is_played
        standing.start(view, title.runtime_s)
        if view.episode:
            seen = self._seen.setdefault(view.person, Counter())
            seen[view.title] += standing.is_played - was_played


def _marked_native(mark: Favourite, title: ServerTitle) -> int:
    season = next((each for each in title.seasons if each.number == mark.season), None)
    if not mark.season or season is None:
        return title.native
    return season.first + mark.episode - 1 if mark.episode else season.native
