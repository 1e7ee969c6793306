"""What plays come to and what they prove, read out loud: integrations.md 16.5 and 16.6, safety.md S-05 and S-27."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.common.domain.enums import Capability, IntegrationType, TitleKind
from libs.integrations.audience import Play
from tests.service.sync.oracle_titles import TitleRules
from tests.service.sync.oracle_world import Item, Source
from tests.service.sync.told import matters_of


@dataclass(frozen=True)
class Seen:
    """A play of an item's title, with the house it happened in."""

    play: Play
    source: Source
    house: Source | None
    server_type: IntegrationType | None
    person: str


class PlayRules:
    """The plays of every item, and the state of what each house and each lone history says about it."""

    def __init__(
        self, titles: TitleRules, people: Mapping[tuple[int, str], str], *, counts_earlier: bool, inherits: bool
    ) -> None:
        self.titles = titles
        self.sources = titles.sources
        self.houses = titles.houses
        self.linked = titles.linked
        self.people = people
        self.counts_earlier = counts_earlier
        self.inherits = inherits

    def _seen(self, title_item: Item) -> list[Seen]:
        found = []
        for source in self.sources:
            for play in source.says.plays if source.told(Capability.PLAYS) else ():
                if not self.titles.is_item(source, play.server, play.title_id, title_item):
                    continue
                house = self.houses.get(self.linked.get((source.id, play.server)) or 0)
                ref = next((each for each in source.servers if each.server == play.server), None)
                kind = house.type if house else (ref.type if ref else None)
                person = self.people.get((source.id, play.user_id)) or play.user_id
                found.append(Seen(play, source, house, kind, person))
        return found

    def _plays_of(self, item: Item) -> list[Seen]:
        """The plays of an item's title that are about this item; those from before its files are among them."""
        seen = self._seen(item.title_item)
        apart = all(each.play.season_number is not None and each.source.says.notes.tells_seasons for each in seen)
        if item.home is None or not apart:
            return seen
        return [each for each in seen if each.play.season_number == item.facts.season_number]

    def counting(self, item: Item) -> list[Seen]:
        """The plays that are about the files of this item."""
        since = item.facts.oldest_file_at
        return [
            each
            for each in self._plays_of(item)
            if self.counts_earlier
            or since is None
            or each.play.last_played_at is None
            or each.play.last_played_at >= since
        ]

    def total(self, item: Item) -> int:
        """How often it was played."""
        by_type: dict[IntegrationType | None, dict[Source | int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for (source, house, kind, _), plays in _grouped(self.counting(item)).items():
            by_type[kind][house or -source].append(plays)
        totals = {kind: _of_houses(tellers) for kind, tellers in by_type.items()}
        return max(sum(total for kind, total in totals.items() if kind), totals.get(None, 0))

    def last_played(self, item: Item) -> datetime | None:
        """When it was last played."""
        own = [each.play.last_played_at for each in self.counting(item) if each.play.last_played_at is not None]
        if item.home is not None and self.inherits:
            own += [at for at in [self.last_played(item.home)] if at is not None]
        return max(own, default=None)

    def _members(self, house: Source) -> list[Source]:
        told = {source for (source, _), linked in self.linked.items() if linked == house.id}
        return [source for source in self.sources if source.id in told and Capability.PLAYS in matters_of(source.type)]

    def _state(self, item: Item, house: Source) -> str | None:  # noqa: PLR0911  one answer per row of the table
        members, served = self._members(house), house.told(Capability.TITLES)
        here = self._listed(house, item.title_item)
        if not served or not all(source.told(Capability.PLAYS) for source in members):
            return "unread"
        if not any(title.kind is item.kind and listed for title, listed in house.titles.values()):
            return None
        if not here:
            return "absent" if self._knows_enough(house, item.kind) else "small_library"
        if any(here):
            return "disputed"
        if sum(each.play.plays for each in self.counting(item) if each.house is house) > 0:
            return "watched"
        if all(source.says.notes.is_partial for source in members):
            return "partial"
        if not self._knows_enough(house, item.kind):
            return "small_library"
        known = [oldest for source in members if (oldest := self._knows_since(source, house)) is not None]
        since = item.facts.oldest_file_at
        return "young_history" if since is None or not known or min(known) > since else "never"

    def _knows_since(self, source: Source, house: Source) -> datetime | None:
        """The oldest play there of a source that has all of them."""
        if source.says.notes.is_partial:
            return None
        there = [play for play in source.says.plays if self.linked.get((source.id, play.server)) == house.id]
        return min((play.last_played_at for play in there if play.last_played_at), default=None)

    def _listed(self, house: Source, item: Item) -> list[bool]:
        """For every title in the house's library that is the item, whether that is disputed."""
        return [disputed for source, _, listed, disputed in self.titles.titles_of(item) if source is house and listed]

    def _knows_enough(self, house: Source, kind: TitleKind) -> bool:
        ours = self.titles.ours(kind)
        known = [item for item in ours if self._listed(house, item)]
        return 2 * len(known) >= len(ours)

    def states(self, item: Item) -> dict[int, str]:
        """What each house, and each history that belongs to none, says is known."""
        houses = {house for house in self.linked.values() if house is not None}
        states = {house: state for house in houses if (state := self._state(item, self.houses[house])) is not None}
        for source in self.sources:
            if Capability.PLAYS not in matters_of(source.type):
                continue
            if any(house is not None for (mine, _), house in self.linked.items() if mine == source.id):
                continue
            seen = [each for each in self.counting(item) if each.source is source]
            watched = sum(each.play.plays for each in seen) > 0
            told = "watched" if watched else "unlinked"
            states[source.id] = told if source.told(Capability.PLAYS) else "unread"
        return states

    def is_known(self, item: Item, states: Mapping[int, str]) -> bool:
        """Whether anybody knows the item at all."""
        for house in (self.houses[each] for each in states if each in self.houses):
            tells = house.told(Capability.TITLES) and any(s.told(Capability.PLAYS) for s in self._members(house))
            if tells and any(
                source is house and listed for source, _, listed, _ in self.titles.titles_of(item.title_item)
            ):
                return True
        return bool(self._plays_of(item))


def _grouped(seen: Iterable[Seen]) -> dict[tuple[int, Source | None, IntegrationType | None, bool], int]:
    """Plays per source, house and way of counting."""
    found: dict[Any, int] = defaultdict(int)
    for each in seen:
        found[each.source.id, each.house, each.server_type, each.play.is_count] += each.play.plays
    return found


def _of_houses(tellers: Mapping[Source | int, Sequence[int]]) -> int:
    """The most within a house, the sum over houses; who belongs to none tells a lower bound of all."""
    houses = sum(max(plays) for teller, plays in tellers.items() if isinstance(teller, Source))
    others = max((max(plays) for teller, plays in tellers.items() if not isinstance(teller, Source)), default=0)
    return max(houses, others)
