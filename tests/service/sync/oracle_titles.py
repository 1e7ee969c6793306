"""Which outside title is which item, read out loud: every rule of integrations.md 16.2 in plain words."""

from collections.abc import Iterable, Sequence
from typing import Any

from libs.common.domain.enums import TitleKind
from libs.common.domain.titles import title_key, title_keys
from libs.integrations.audience import SourceTitle
from libs.integrations.models import SourceItem
from services.sync.enrichment.links import MEDIA_SERVERS, House, Mention, link
from tests.service.sync.oracle_world import Item, Source

_FOLDER = 5


class TitleRules:
    """What every title of every source is."""

    def __init__(self, items: Sequence[Item], sources: Sequence[Source]) -> None:
        self.items = items
        self.sources = sources
        self.houses = {source.id: source for source in sources if source.type in MEDIA_SERVERS}
        self.linked = self._linked()
        every = [(source, key, title) for source in sources for key, (title, _) in source.titles.items()]
        self._decided = {(source.id, *key): self._decide(source, title) for source, key, title in every}
        self._matches = {(source.id, *key): self._served(source, title) for source, key, title in every}

    def is_item(self, source: Source, server: str, native_id: str, item: Item) -> bool:
        """Whether a title of a source is this item."""
        return item in self._matches.get((source.id, server, native_id), {})

    def ours(self, kind: TitleKind) -> list[Item]:
        """The items that outside titles of a kind can be."""
        return [item for item in self.items if item.home is None and item.kind is kind]

    def _decide(self, source: Source, title: SourceTitle) -> dict[Item, bool]:
        """The items a title is by its own facts, each with whether that is disputed."""
        found = {item: ranks for item in self.ours(title.kind) if (ranks := _ranks(title, item.facts))}
        if not found:
            return dict.fromkeys(self._named_alike(source, title), False)
        best = min(min(ranks) for ranks in found.values())
        standing = [item for item, ranks in found.items() if min(ranks) == best]
        in_folder = [item for item in standing if _FOLDER in found[item]]
        of_several = len({_identity(item) for item in found}) > 1
        return {item: of_several or _contradict(title, item.facts) for item in in_folder or standing}

    def _named_alike(self, source: Source, title: SourceTitle) -> list[Item]:
        fitting = self._fitting(title)
        if len({_identity(item) for item in fitting}) != 1:
            return []
        return [item for item in fitting if self._is_only_one(source, title, item)]

    def _fitting(self, title: SourceTitle) -> list[Item]:
        """The items of that name; those of about the same year, if any, are preferred, and movies must be."""
        key, ours = title_key(title.title), self.ours(title.kind)
        if not key or any(_ranks(title, item.facts) for item in ours):
            return []
        named = [item for item in ours if key in _names(item.facts) and not _contradict(title, item.facts)]
        close = [item for item in named if _same_year(title, item.facts)]
        return close or (named if title.kind is TitleKind.TV else [])

    def _is_only_one(self, source: Source, title: SourceTitle, item: Item) -> bool:
        rivals = [
            other
            for (server, _), (other, _) in source.titles.items()
            if server == title.server and other.kind is title.kind and item in self._fitting(other)
        ]
        if not _same_year(title, item.facts):
            return len(rivals) == 1
        close = [other for other in rivals if _same_year(other, item.facts)]
        return len({(title_key(other.title), other.year) for other in close}) == 1

    def _served(self, source: Source, title: SourceTitle) -> dict[Item, bool]:
        """A history's title is what its server's own title is; also what its own facts say, unless these agree."""
        house = self.linked.get((source.id, title.server))
        if house is None or house == source.id:
            return self._decided[source.id, title.server, title.native_id]
        there = [each for each, _ in self.houses[house].titles.values() if each.kind is title.kind]
        by_id = [each for each in there if each.native_id == title.native_id]
        by_guid = [each for each in there if set(each.guids) & set(title.guids)]
        found: dict[Item, bool] = {}
        for same, is_sure in ((by_id, all(_could_be_one(each, title) for each in by_id)), (by_guid, True)):
            items = self._of_server(house, same)
            found |= {item: found.get(item, True) and disputed for item, disputed in items.items()}
            if items and is_sure:
                return found
        return self._decided[source.id, title.server, title.native_id] | found

    def _of_server(self, house: int, titles: Iterable[SourceTitle]) -> dict[Item, bool]:
        found: dict[Item, bool] = {}
        for each in titles:
            for item, disputed in self._decided[house, each.server, each.native_id].items():
                found[item] = found.get(item, True) and disputed
        return found

    def titles_of(self, item: Item) -> Iterable[tuple[Source, SourceTitle, bool, bool]]:
        """Every title that is this item: its source, whether it is listed, and whether that is disputed."""
        for source in self.sources:
            for key, (title, listed) in source.titles.items():
                found = self._matches[(source.id, *key)]
                if item in found:
                    yield source, title, listed, found[item]

    def _linked(self) -> dict[tuple[int, str], int | None]:
        houses = [House(s.id, s.type, s.name, s.servers[0].identity) for s in self.houses.values()]
        mentions = [
            Mention(source.id, ref.server, ref.identity, ref.type, ref.name)
            for source in self.sources
            for ref in source.servers
        ]
        found = link(mentions, houses, {})
        return {key: None if house is None else house.integration_id for key, house in found.items()}


def _could_be_one(one: SourceTitle, other: SourceTitle) -> bool:
    """Whether two titles of one number share a name or an id, or one of them has no name to compare."""
    keys = {title_key(one.title), title_key(other.title)}
    if len(keys) == 1 or "" in keys or set(one.guids) & set(other.guids):
        return True
    ids = ("tvdb_id", "tmdb_id", "imdb_id")
    return any(getattr(one, name) is not None and getattr(one, name) == getattr(other, name) for name in ids)


def _ranks(title: SourceTitle, item: SourceItem) -> set[int]:
    """The kinds of evidence that say that a title is this item, the best being the lowest."""
    names = ("tvdb_id" if title.kind is TitleKind.TV else "", "tmdb_id", "imdb_id", "mb_id")
    found = {
        rank
        for rank, name in enumerate(names, start=1)
        if name and getattr(title, name) is not None and getattr(title, name) == getattr(item, name)
    }
    return found | ({_FOLDER} if item.path and item.path in title.folders else set())


def _contradict(title: SourceTitle, item: SourceItem) -> bool:
    pairs = [(getattr(title, name), getattr(item, name)) for name in ("tvdb_id", "tmdb_id")]
    return any(one is not None and other is not None and one != other for one, other in pairs)


def _identity(item: Item) -> tuple[Any, ...]:
    facts = item.facts
    known = [facts.tvdb_id and ("tvdb", facts.tvdb_id), facts.tmdb_id and ("tmdb", facts.tmdb_id)]
    return (item.kind, next((each for each in [*known, facts.imdb_id, facts.mb_id] if each), item.key))


def _names(item: SourceItem) -> list[str]:
    return title_keys([item.show_title or item.title, *item.also_known_as])


def _same_year(title: SourceTitle, item: SourceItem) -> bool:
    return title.year is not None and item.year is not None and abs(title.year - item.year) <= 1
