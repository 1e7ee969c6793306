"""The items of a media server by their native numbers: titles with seasons and episodes, collections, libraries."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import MediaServer, Section, ServerCollection, ServerSeason, ServerTitle


class Item(NamedTuple):
    """One item. `type` is the servers' word for it; what belongs to it is set, the rest is None or 0."""

    type: str
    native: int
    title: ServerTitle | None = None
    season: ServerSeason | None = None
    episode: int = 0
    collection: ServerCollection | None = None
    section: Section | None = None


class Catalogue:
    """Finds and lists items. Kept between calls, and made anew when titles or collections come or go."""

    def __init__(self, media: MediaServer) -> None:
        self._media = media
        self._mark: tuple[int, ...] = ()
        self._by_name: list[ServerTitle] = []
        self._seasons: dict[int, tuple[ServerTitle, ServerSeason]] = {}
        self._firsts: list[tuple[int, ServerTitle, ServerSeason]] = []
        self._lists: dict[frozenset[str], list[int]] = {}

    @property
    def mark(self) -> tuple[int, ...]:
        """Changes when what is held may have changed."""
        media = self._media
        return (media.revision, len(media.titles), len(media.collections))

    def titles(self) -> list[ServerTitle]:
        """Every title, by name."""
        self._refresh()
        return self._by_name

    def find(self, native: int) -> Item | None:
        """The item of that number; None when there is none."""
        self._refresh()
        media = self._media
        if native in media.titles:
            return title_item(media.titles[native])
        if native in media.collections:
            return Item("BoxSet", native, collection=media.collections[native])
        if native in media.sections:
            return Item("CollectionFolder", native, section=media.sections[native])
        if native in self._seasons:
            title, season = self._seasons[native]
            return Item("Season", native, title, season)
        place = bisect_right(self._firsts, native, key=lambda each: each[0]) - 1
        if place < 0:
            return None
        first, title, season = self._firsts[place]
        number = native - first + 1
        return Item("Episode", native, title, season, number) if number <= season.episodes else None

    def of_types(self, types: frozenset[str]) -> list[int]:
        """The numbers of all items of these types, by name."""
        self._refresh()
        if types not in self._lists:
            self._lists[types] = [native for title in self._by_name for native in natives_of(title, types)]
            if "BoxSet" in types:
                self._lists[types] += sorted(self._media.collections)
        return self._lists[types]

    def _refresh(self) -> None:
        if self._mark == self.mark:
            return
        self._mark = self.mark
        self._lists = {}
        titles = self._media.titles.values()
        self._by_name = sorted(titles, key=lambda title: (sort_name(title.title), title.native))
        held = [(title, season) for title in titles for season in title.seasons]
        self._seasons = {season.native: (title, season) for title, season in held}
        self._firsts = sorted(((season.first, title, season) for title, season in held), key=lambda each: each[0])


def title_item(title: ServerTitle) -> Item:
    """A movie or series."""
    return Item("Movie" if title.kind is TitleKind.MOVIE else "Series", title.native, title)


def natives_of(title: ServerTitle, types: frozenset[str]) -> Iterator[int]:
    """The numbers of a title and of what is below it, as far as of these types."""
    if title_item(title).type in types:
        yield title.native
    for season in title.seasons:
        if "Season" in types:
            yield season.native
        if "Episode" in types:
            yield from range(season.first, season.first + season.episodes)


def sort_name(name: str) -> str:
    """The name as the servers sort it."""
    return name.lower().removeprefix("the ").removeprefix("a ")
