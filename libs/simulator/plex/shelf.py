"""Finds titles, seasons and episodes of a media server by section or by rating key, without building any row."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple, overload

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import MediaServer, Section, ServerSeason, ServerTitle


class Leaf(NamedTuple):
    """One season, or one episode of it (`number` above 0)."""

    title: ServerTitle
    season: ServerSeason
    number: int = 0

    @property
    def native(self) -> int:
        """Its rating key."""
        return self.season.first + self.number - 1 if self.number else self.season.native


class Episodes(Sequence[Leaf]):
    """All episodes of some shows, in order; a large library has too many to keep them as a list."""

    def __init__(self, shows: Sequence[ServerTitle]) -> None:
        self._seasons = [(show, season) for show in shows for season in show.seasons]
        self._ends = list(accumulate(season.episodes for _, season in self._seasons))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Leaf: ...

    @overload
    def __getitem__(self, index: slice) -> list[Leaf]: ...

    def __getitem__(self, index: int | slice) -> Leaf | list[Leaf]:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        position = range(len(self))[index]
        place = bisect_right(self._ends, position)
        show, season = self._seasons[place]
        return Leaf(show, season, position - self._ends[place] + season.episodes + 1)


class Shelf:
    """The index of one state of a server's library."""

    def __init__(self, server: MediaServer) -> None:
        self._server = server
        self._by_section: dict[int, list[ServerTitle]] = {number: [] for number in server.sections}
        for title in server.titles.values():
            self._by_section.setdefault(title.section, []).append(title)
        seasons = [(season.native, show, season) for show in server.titles.values() for season in show.seasons]
        self._seasons = sorted(seasons, key=lambda each: each[0])
        self._first = [native for native, _, _ in self._seasons]
        self.collections_of: dict[int, list[int]] = {}
        for collection in server.collections.values():
            for member in collection.members:
                self.collections_of.setdefault(member, []).append(collection.native)

    def sections(self, viewer: int) -> list[Section]:
        """The libraries somebody may see."""
        return [each for each in self._server.sections.values() if viewer not in each.restricted]

    def titles(self, section: int, kind: TitleKind, viewer: int) -> list[ServerTitle]:
        """The movies or shows of a section that somebody may see."""
        if not self.is_open(section, viewer):
            return []
        return [title for title in self._by_section.get(section, []) if title.kind is kind]

    def is_open(self, section: int, viewer: int) -> bool:
        """Whether there is such a section and somebody may see it."""
        found = self._server.sections.get(section)
        return found is not None and viewer not in found.restricted

    def leaf(self, native: int) -> Leaf | None:
        """The season or episode of that rating key."""
        place = bisect_right(self._first, native) - 1
        if place < 0:
            return None
        _, show, season = self._seasons[place]
        if native == season.native:
            return Leaf(show, season)
        number = native - season.first + 1
        return Leaf(show, season, number) if 1 <= number <= season.episodes else None
