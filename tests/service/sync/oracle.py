"""The rules of the merge, read out loud: slow, plain, and written without a look at its statements.

Who is who and which server is meant is asked of `persons` and `link`, which are pure and have tests of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from libs.common.domain.enums import Capability, IntegrationType, MediaType, TitleKind
from libs.integrations.audience import TitleRequest
from libs.integrations.models import SourceItem
from services.sync.enrichment.people import Account, persons
from tests.service.sync.oracle_plays import PlayRules
from tests.service.sync.oracle_titles import TitleRules
from tests.service.sync.oracle_world import Item, Source


@dataclass
class Expected:
    """What the catalogue must say about one item."""

    play_count: int | None = None
    last_played: datetime | None = None
    watched_by_users: list[str] = field(default_factory=list)
    watch_matched: bool = False
    watch_evidence: dict[str, str] = field(default_factory=dict)
    is_evidence: bool = False
    requested: bool | None = None
    requested_by: str | None = None
    request_count: int | None = None
    watched_by_requestor: bool | None = None
    on_watchlist: bool | None = None
    labels: list[str] = field(default_factory=list)
    collections: list[str] = field(default_factory=list)
    library_added_at: datetime | None = None
    added_at: datetime | None = None


class Oracle:
    """Knows everything that was told, and what follows from it."""

    def __init__(
        self, items: Sequence[Item], sources: Sequence[Source], *, counts_earlier: bool, inherits: bool
    ) -> None:
        self.items = items
        self.sources = sources
        self.people = persons(
            Account(source.id, user.user_id, source.type, user.names, sorted(user.ids))
            for source in sources
            for user in source.says.users
        )
        self.titles = TitleRules(items, sources)
        self.plays = PlayRules(self.titles, self.people, counts_earlier=counts_earlier, inherits=inherits)

    def expected(self) -> dict[tuple[int, str], Expected]:
        """What the catalogue must say, by owner and external id."""
        return {item.key: self._expected(item) for item in self.items}

    def _expected(self, item: Item) -> Expected:
        states, known = self.plays.states(item), self.plays.is_known(item, self.plays.states(item))
        watchers = {each.person for each in self.plays.counting(item) if each.play.plays > 0 and each.person}
        expected = Expected(
            play_count=self.plays.total(item) if known else None,
            last_played=self.plays.last_played(item),
            watched_by_users=sorted(watchers),
            watch_matched=known,
            watch_evidence={str(source): state for source, state in states.items()},
            is_evidence=set(states.values()) <= {"watched", "never", "absent"}
            and bool(set(states.values()) & {"watched", "never"}),
        )
        self._add_requests(item, expected)
        self._add_marks(item, expected)
        return expected

    def _add_requests(self, item: Item, expected: Expected) -> None:
        desks = [source for source in self.sources if source.type is IntegrationType.SEERR]
        found = [
            (request, self.people.get((desk.id, request.user_id)) or request.requested_by or None)
            for desk in desks
            if desk.told(Capability.REQUESTS)
            for request in desk.says.requests
            if request.counts and item.title_item in self._wanted(request) and _covers(request, item.facts)
        ]
        are_read = bool(desks) and all(desk.told(Capability.REQUESTS) for desk in desks)
        none = False if are_read else None
        expected.requested = True if found else none
        expected.request_count = len(found) or (0 if are_read else None)
        expected.watched_by_requestor = none
        if not found:
            return
        newest = max(each.requested_at.timestamp() if each.requested_at else 0 for each, _ in found)
        names = [name for each, name in found if (each.requested_at.timestamp() if each.requested_at else 0) == newest]
        expected.requested_by = min((name for name in names if name), default=None)
        watchers = {name.lower() for name in expected.watched_by_users}
        is_told = expected.requested_by is not None and expected.play_count is not None
        expected.watched_by_requestor = str(expected.requested_by).lower() in watchers if is_told else None

    def _wanted(self, request: TitleRequest) -> list[Item]:
        ours = self.titles.ours(request.kind)
        for name in ("tvdb_id", "tmdb_id", "imdb_id") if request.kind is TitleKind.TV else ("tmdb_id", "imdb_id"):
            wanted = getattr(request, name)
            if found := [item for item in ours if wanted is not None and getattr(item.facts, name) == wanted]:
                return found
        return []

    def _add_marks(self, item: Item, expected: Expected) -> None:
        titles = list(self.titles.titles_of(item.title_item))
        servers = list(self.titles.houses.values())
        wishes = any(
            wish.title_id == title.native_id and wish.server == title.server
            for source, title, _, _ in titles
            if source.told(Capability.WISHES)
            for wish in source.says.wishes
        )
        are_read = bool(servers) and all(source.told(Capability.WISHES) for source in servers)
        expected.on_watchlist = True if wishes else (False if are_read else None)
        labels: dict[str, str] = {}
        names = {name for name in [item.title_item.facts.collection_name] if name}
        for source, title, listed, _ in titles:
            for label in source.says.labels if source.told(Capability.LABELS) else ():
                if label.title_id == title.native_id:
                    labels[label.label.lower()] = min(label.label, labels.get(label.label.lower(), label.label))
            for member in source.says.collections if source.told(Capability.COLLECTIONS) else ():
                names |= {member.name} if member.title_id == title.native_id else set()
            if listed and title.added_at is not None:
                expected.library_added_at = max(title.added_at, expected.library_added_at or title.added_at)
        expected.labels = [labels[key] for key in sorted(labels)]
        expected.collections = sorted(names)
        dates = [at for at in (item.facts.added_at, expected.library_added_at) if at is not None]
        expected.added_at = max(dates, default=None)


def _covers(request: TitleRequest, item: SourceItem) -> bool:
    return item.media_type is not MediaType.SEASON or not request.seasons or item.season_number in request.seasons
