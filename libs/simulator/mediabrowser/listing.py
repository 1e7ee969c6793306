"""Answers listings: which items a question is about, in which order, cut out of lists that are made once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import overload

from libs.simulator.audience import MediaServer, ServerTitle
from libs.simulator.mediabrowser.catalogue import Catalogue, Item, natives_of, sort_name
from libs.simulator.mediabrowser.question import Question
from libs.simulator.mediabrowser.standing import Standing, Standings

_KEPT_LISTS = 8
_BY_NAME = ("SortName", False)
"""The order in which the catalogue lists anyway."""

_BY_DATE_PLAYED = ("DatePlayed", True)
_NOTHING = Standing()
Natives = Sequence[int]


class Listing:
    """Lists of native numbers; the last few are kept, as they are asked for page by page."""

    def __init__(self, media: MediaServer, catalogue: Catalogue, standings: Standings) -> None:
        self._media = media
        self._catalogue = catalogue
        self._standings = standings
        self._kept: dict[tuple[object, ...], Natives] = {}

    def answer(self, question: Question) -> Natives:
        """Everything the question is about, in its order."""
        if question.tags:  # tags change without a mark: nobody who lists by them does so page by page
            return self._made(question)
        restricted = tuple(section.restricted for section in self._media.sections.values())
        key = (question, self._catalogue.mark, self._standings.mark, restricted)
        if key not in self._kept:
            while len(self._kept) >= _KEPT_LISTS:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = self._made(question)
        return self._kept[key]

    def is_visible(self, item: Item, person: int | None) -> bool:
        """Whether the person may see it; without a person the key sees everything."""
        section = None if item.title is None else self._media.sections.get(item.title.section)
        return section is None or person not in section.restricted

    def _made(self, question: Question) -> Natives:
        found: Natives = self._candidates(question)
        if question.person is not None and any(question.person in s.restricted for s in self._media.sections.values()):
            found = self._kept_if(found, lambda item: self.is_visible(item, question.person))
        for condition in self._conditions(question):
            found = self._kept_if(found, condition)
        if question.hides_members and question.is_recursive and question.parent is None and not question.ids:
            found = self._collapsed(found, question.types)
        return self._ordered(found, question)

    def _candidates(self, question: Question) -> Natives:
        if question.ids:
            return self._kept_if(question.ids, lambda item: item.type in question.types)
        if question.parent is not None:
            return self._below(question.parent, question)
        if not question.is_recursive:
            return list(self._media.sections)
        if question.is_narrow and question.person is not None:
            touched = {*self._standings.of(question.person), *self._standings.favourites(question.person)}
            return self._kept_if(touched, lambda item: item.type in question.types)
        return self._catalogue.of_types(question.types)

    def _below(self, parent: int, question: Question) -> Natives:
        item = self._catalogue.find(parent)
        if item is None:
            return []
        if item.collection is not None:
            return [native for native in item.collection.members if native in self._media.titles]
        if item.section is not None:
            titles: Iterable[ServerTitle] = self._catalogue.titles()
            mine = [title for title in titles if title.section == item.section.number]
            return [native for title in mine for native in natives_of(title, question.types)]
        if item.title is None:
            return []
        below = frozenset({"Season", "Episode"} if question.is_recursive else {"Season"})
        if item.season is not None:
            return range(item.season.first, item.season.first + item.season.episodes)
        return list(natives_of(item.title, below & question.types))

    def _conditions(self, question: Question) -> Iterator[Callable[[Item], bool]]:
        of = {} if question.person is None else self._standings.of(question.person)
        marked = set() if question.person is None else self._standings.favourites(question.person)
        if question.is_played is not None:
            yield lambda item: of.get(item.native, _NOTHING).is_played is question.is_played
        if question.is_favourite is not None:
            yield lambda item: (item.native in marked) is question.is_favourite
        if question.is_resumable:
            yield lambda item: of.get(item.native, _NOTHING).position_s > 0
        if question.search:
            yield lambda item: question.search in name_of(item).lower()
        if question.tags:
            yield lambda item: item.title is not None and not set(question.tags).isdisjoint(item.title.labels)
        if question.outside_ids:
            yield lambda item: not question.outside_ids.isdisjoint(_outside_ids(item))

    def _kept_if(self, natives: Iterable[int], condition: Callable[[Item], bool]) -> list[int]:
        found = ((native, self._catalogue.find(native)) for native in natives)
        return [native for native, item in found if item is not None and condition(item)]

    def _collapsed(self, natives: Natives, types: frozenset[str]) -> Natives:
        """Collections in place of the movies in them."""
        if "Movie" not in types:
            return natives
        home = {member: each.native for each in self._media.collections.values() for member in each.members}
        if not home:
            return natives
        return list(dict.fromkeys(home.get(native, native) for native in natives))

    def _ordered(self, natives: Natives, question: Question) -> Natives:
        of = {} if question.person is None else self._standings.of(question.person)
        if question.order[:1] == (_BY_DATE_PLAYED,) and not question.is_narrow:
            mine = self._kept_if(of, lambda item: item.type in question.types)
            allowed = set(mine).intersection(natives)
            return TouchedFirst(sorted(allowed, key=lambda native: -of[native].last_at), natives)
        if question.order[:1] == (_BY_NAME,) and not (question.is_narrow or question.ids or question.parent):
            return natives
        found = natives if isinstance(natives, list) else list(natives)
        for field, descends in reversed(question.order):
            found = sorted(found, key=self._key(field, of), reverse=descends)
        return found

    def _key(self, field: str, of: dict[int, Standing]) -> Callable[[int], tuple[object, ...]]:
        def by_name(native: int) -> tuple[object, ...]:
            item = self._catalogue.find(native)
            if item is None:
                return ()
            return (sort_name(title_name(item)), -1 if item.season is None else item.season.number, native)

        def by_date(native: int) -> tuple[object, ...]:
            item = self._catalogue.find(native)
            return () if item is None or item.title is None else (item.title.added_at,)

        keys: dict[str, Callable[[int], tuple[object, ...]]] = {
            "SortName": by_name,
            "DateCreated": by_date,
            "DatePlayed": lambda native: (of.get(native, _NOTHING).last_at,),
            "PlayCount": lambda native: (of.get(native, _NOTHING).plays,),
        }
        return keys.get(field, lambda _native: ())


class TouchedFirst(Sequence[int]):
    """What somebody played, newest first, and behind it everything else in its order, without a copy of it."""

    def __init__(self, touched: list[int], everything: Natives) -> None:
        self._touched = touched
        self._known = frozenset(touched)
        self._everything = everything

    def __len__(self) -> int:
        return len(self._everything)

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> list[int]: ...

    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, int):
            return self[index : index + 1][0]
        start, stop, _ = index.indices(len(self))
        front = self._touched[start:stop]
        rest = (native for native in self._everything if native not in self._known)
        behind = max(0, start - len(self._touched)), max(0, stop - len(self._touched))
        return [*front, *islice(rest, *behind)]


def name_of(item: Item) -> str:
    """What the item is called."""
    if item.episode:
        return f"Episode {item.episode}"
    if item.season is not None:
        return f"Season {item.season.number}" if item.season.number else "Specials"
    return title_name(item)


def title_name(item: Item) -> str:
    """What the title, collection or library of the item is called."""
    named = item.title or item.collection or item.section
    if named is None:
        return ""
    return named.title if isinstance(named, ServerTitle) else named.name


def _outside_ids(item: Item) -> set[str]:
    title = item.title
    if title is None or item.season is not None or not title.has_ids:
        return set()
    return {f"tmdb.{title.tmdb_id}", f"tvdb.{title.tvdb_id}", f"imdb.{title.imdb_id}"}
