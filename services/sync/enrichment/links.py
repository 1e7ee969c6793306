"""Which media server a source means: by machine id, as the only one of its type, by name, or by titles it shares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from libs.common.domain.enums import IntegrationType

MEDIA_SERVERS = (IntegrationType.PLEX, IntegrationType.JELLYFIN, IntegrationType.EMBY)

CONFIRMING_TITLES = 5
"""So many equal titles under equal native ids make two libraries one (integrations.md 14)."""


@dataclass(frozen=True, slots=True)
class House:
    """A media server that is configured here. `identity` None: it has not been read yet."""

    integration_id: int
    type: IntegrationType
    name: str
    identity: str | None


@dataclass(frozen=True, slots=True)
class Mention:
    """A media server as a source names it."""

    integration_id: int
    server: str
    identity: str | None
    type: IntegrationType | None
    name: str


Shared = Mapping[tuple[int, str, int], int]
"""Equal titles under equal native ids, by (source, server, house)."""


def link(mentions: Iterable[Mention], houses: Sequence[House], shared: Shared) -> dict[tuple[int, str], House | None]:
    """The house each mention (integration id, server) is about; None where that cannot be told.

    Two integrations that lead to one media server are one house: the one that was added first.
    """
    ordered = sorted(houses, key=lambda house: house.integration_id)
    told = list(mentions)
    return {
        (mention.integration_id, mention.server): _own(mention, ordered) or _meant(mention, told, ordered, shared)
        for mention in told
    }


def _own(mention: Mention, houses: Sequence[House]) -> House | None:
    own = next((house for house in houses if house.integration_id == mention.integration_id), None)
    return own and next(house for house in houses if house == own or (own.identity and house.identity == own.identity))


def _meant(mention: Mention, told: Sequence[Mention], houses: Sequence[House], shared: Shared) -> House | None:
    candidates = [house for house in houses if mention.type in {None, house.type}]
    if mention.identity:
        same = [house for house in candidates if house.identity == mention.identity]
        if same:
            return same[0]
        candidates = [house for house in candidates if not house.identity]
    named = [house for house in candidates if house.name.casefold() == mention.name.casefold()]
    confirmed = [house for house in candidates if _titles(mention, house, shared) >= CONFIRMING_TITLES]
    alone = candidates if _is_the_only_one(mention, told) else []
    return next((found[0] for found in (alone, named, confirmed) if len(found) == 1), None)


def _is_the_only_one(mention: Mention, told: Sequence[Mention]) -> bool:
    """Whether its source names no second server of that type: then one of them is not configured here."""
    mine = [each for each in told if each.integration_id == mention.integration_id]
    return sum(each.type == mention.type or None in {each.type, mention.type} for each in mine) == 1


def _titles(mention: Mention, house: House, shared: Shared) -> int:
    return shared.get((mention.integration_id, mention.server, house.integration_id), 0)
