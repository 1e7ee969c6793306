"""Items and sources of a small world, as the oracle of the merge sees them."""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.domain.enums import Capability, IntegrationType, MediaType, TitleKind
from libs.integrations.audience import ServerRef, SourceTitle
from libs.integrations.models import SourceItem
from services.sync.enrichment.links import MEDIA_SERVERS
from tests.service.sync.told import Says, matters_of

_KIND = {
    MediaType.MOVIE: TitleKind.MOVIE,
    MediaType.SHOW: TitleKind.TV,
    MediaType.SEASON: TitleKind.TV,
    MediaType.ARTIST: TitleKind.ARTIST,
    MediaType.BOOK: TitleKind.BOOK,
}


@dataclass(frozen=True, eq=False)
class Item:
    """One of our items. `home` is the item that outside titles are compared with: a season's show."""

    owner: int
    facts: SourceItem
    home: "Item | None" = None

    @property
    def key(self) -> tuple[int, str]:
        return self.owner, self.facts.external_id

    @property
    def kind(self) -> TitleKind:
        return _KIND[self.facts.media_type]

    @property
    def title_item(self) -> "Item":
        return self.home or self


@dataclass(frozen=True, eq=False)
class Source:
    """A source that is switched on, and what it told in its only reading."""

    id: int
    type: IntegrationType
    name: str
    says: Says

    def told(self, each: Capability) -> bool:
        return each in matters_of(self.type) and each not in self.says.broken

    @property
    def servers(self) -> Sequence[ServerRef]:
        if self.says.servers is not None:
            return self.says.servers
        return [ServerRef("", self.says.identity, self.type)] if self.type in MEDIA_SERVERS else []

    @property
    def titles(self) -> dict[tuple[str, str], tuple[SourceTitle, bool]]:
        """By server and native id, with whether the library lists it."""
        named = self.says.notes.titles if self.told(Capability.PLAYS) else {}
        listed = self.says.titles if self.told(Capability.TITLES) else ()
        found = {key: (title, False) for key, title in named.items()}
        return found | {(title.server, title.native_id): (title, True) for title in listed}
