"""What is true of an item beyond its files: who watched, who asked for it, who marked it, in no upstream's words.

The rules are the specification's (integrations.md 15.4, 16.5, 16.8), told once more in plain Python over the world
itself, so that a test can hold the catalogue against them when every system is connected.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import MediaServer, Request, ServerTitle, ViewEvent
from libs.simulator.plex.views import watched as watched_on_plex
from libs.simulator.tautulli.rows import paused_s
from libs.simulator.truth import TrueItem, true_items
from libs.simulator.world import World

_PLAY_S = 120
_DAY_S = 86_400
_COUNTING = frozenset({1, 2, 5})
_KINDS = {"movie": TitleKind.MOVIE, "show": TitleKind.TV, "season": TitleKind.TV}


class TrueEnrichment(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Facts of one item. `play_count` None: no media server knows the item."""

    instance: str
    external_id: str
    play_count: int | None
    last_played: datetime | None
    watched_by: list[str]
    requested: bool
    requested_by: str | None
    request_count: int
    watched_by_requestor: bool
    on_watchlist: bool
    labels: list[str]
    collections: list[str]


@dataclass(frozen=True, slots=True)
class _Sighting:
    """What one source says about a title on one server: `plays`, the last one's epoch second, and by whom."""

    source: str
    person: int | None
    season: int
    plays: int
    at: int
    is_count: bool = False


_Identity = tuple[TitleKind, int]
"""Kind and TVDb number (shows) or TMDb number (movies)."""


@dataclass(slots=True)
class _Place:
    """A title of a server, with everything that is said about it."""

    server: str
    title: ServerTitle
    sightings: list[_Sighting] = field(default_factory=list)


def true_enrichment(world: World) -> Iterator[TrueEnrichment]:
    """The facts of every movie, show and numbered season with files. All systems of the world count as connected."""
    items = [item for item in true_items(world) if item.files and item.type in _KINDS and item.season != 0]
    places = _Places(world)
    requests = _requests(world)
    shows = {(item.instance, item.external_id): item for item in items if item.type == "show"}
    for item in items:
        parent = shows[item.instance, str(item.id)] if item.type == "season" else item
        yield _facts(world, item, parent, places, requests)


class _Places:
    """Titles of all servers by kind and folder, and by kind and outside id where no folder is told.

    Plex lists shows without their folders, and Tracearr's tallies are about all copies of a title: both go to every
    item of that id.
    """

    def __init__(self, world: World) -> None:
        self._by_folder: dict[tuple[TitleKind, str], list[_Place]] = defaultdict(list)
        self._by_id: dict[_Identity, list[_Place]] = defaultdict(list)
        self._tallies: dict[_Identity, list[tuple[str, _Sighting]]] = defaultdict(list)
        for server in world.media_servers.values():
            self._take_in(world, server)

    def _take_in(self, world: World, server: MediaServer) -> None:
        mine = {title.native: _Place(server.key, title) for title in server.titles.values()}
        for native, sighting in _sightings(world, server):
            mine[native].sightings.append(sighting)
        for identity, tally in _tallies(world, server):
            self._tallies[identity].append((server.key, tally))
        for place in mine.values():
            title = place.title
            if server.kind is IntegrationType.PLEX and title.kind is TitleKind.TV:
                self._by_id[_identity(title)].append(place)
            else:
                self._by_folder[title.kind, title.path].append(place)

    def of(self, item: TrueItem) -> list[_Place]:
        """The places of a movie or show."""
        kind = _KINDS[item.type]
        return self._by_folder.get((kind, item.path), []) + self._by_id.get(_item_identity(item), [])

    def sightings(self, item: TrueItem) -> list[tuple[str, _Sighting]]:
        """Everything said about a movie or show, with the server it is about."""
        placed = [(place.server, each) for place in self.of(item) for each in place.sightings]
        return placed + self._tallies.get(_item_identity(item), [])


def _identity(title: ServerTitle) -> _Identity:
    return (title.kind, title.tvdb_id if title.kind is TitleKind.TV else title.tmdb_id)


def _item_identity(item: TrueItem) -> _Identity:
    kind = _KINDS[item.type]
    return (kind, (item.tvdb_id or 0) if kind is TitleKind.TV else item.tmdb_id)


def _sightings(world: World, server: MediaServer) -> Iterator[tuple[int, _Sighting]]:
    views = [view for view in server.plays if view.title in server.titles]
    if server.kind is IntegrationType.PLEX:
        for view in watched_on_plex(server):
            if view.title in server.titles:
                yield view.title, _Sighting(server.key, view.person, view.season, 1, view.at)
    else:
        yield from _counters(server, views)
    for history in world.histories.values():
        if server.key not in history.servers:
            continue
        recorded = [view for view in views if view.at >= history.since]
        for view in recorded:
            if history.kind is not IntegrationType.TRACEARR or view.seconds >= _PLAY_S:
                yield view.title, _recorded(history.kind, history.key, view)


def _recorded(kind: IntegrationType, source: str, view: ViewEvent) -> _Sighting:
    ended_at = view.at + view.seconds + (paused_s(view) if kind is IntegrationType.TAUTULLI else 0)
    return _Sighting(source, view.person, view.season, 1 if view.seconds >= _PLAY_S else 0, ended_at)


def _counters(server: MediaServer, views: Iterable[ViewEvent]) -> Iterator[tuple[int, _Sighting]]:
    """Jellyfin and Emby count starts, per person and movie or episode."""
    found: dict[tuple[int, int, int, int], list[int]] = defaultdict(list)
    for view in views:
        found[view.title, view.person, view.season, view.episode].append(view.at)
    for (title, person, season, _), times in found.items():
        yield title, _Sighting(server.key, person, season, len(times), max(times), is_count=True)


def _tallies(world: World, server: MediaServer) -> Iterator[tuple[_Identity, _Sighting]]:
    """Tracearr also counts per title over all its copies on a server, and dates the last play to the end of its day."""
    for history in world.histories.values():
        if history.kind is not IntegrationType.TRACEARR or server.key not in history.servers:
            continue
        counted: dict[tuple[_Identity, int, int], list[int]] = defaultdict(list)
        for view in server.plays:
            if view.title in server.titles and view.at >= history.since and view.seconds >= _PLAY_S:
                counted[_identity(server.titles[view.title]), view.season, view.episode].append(view.at)
        for (identity, season, _), times in counted.items():
            ended_at = max(times) // _DAY_S * _DAY_S + _DAY_S - 1
            yield identity, _Sighting(history.key, None, season, len(times), ended_at, is_count=True)


def _facts(world: World, item: TrueItem, parent: TrueItem, places: _Places, requests: "_Requests") -> TrueEnrichment:
    known = places.of(parent)
    oldest = oldest_file_at(world, item)
    season = item.season if item.type == "season" else None
    sightings = places.sightings(parent)
    counted, last, people = _plays(sightings, season, oldest)
    if season is not None:
        last = max(last or 0, _plays(sightings, None, oldest_file_at(world, parent))[1] or 0) or None
    asked = requests.of(item, parent)
    newest = min(asked, key=lambda each: (-each.created_at.timestamp(), str(each.id)), default=None)
    watched_by = sorted(world.people[number].display_name for number in people)
    by = None if newest is None else world.people[newest.person].display_name
    return TrueEnrichment(
        instance=item.instance,
        external_id=item.external_id,
        play_count=counted if known else None,
        last_played=None if last is None else datetime.fromtimestamp(last, UTC),
        watched_by=watched_by,
        requested=bool(asked),
        requested_by=by,
        request_count=len(asked),
        watched_by_requestor=by is not None and by in watched_by,
        on_watchlist=any(_is_wished(world.media_servers[place.server], place.title.native) for place in known),
        labels=_each_once(label for place in known for label in place.title.labels),
        collections=_collections(world, parent, known),
    )


def _plays(sightings: list[tuple[str, _Sighting]], season: int | None, oldest: int) -> tuple[int, int | None, set[int]]:
    """Plays, the last one, and people: the most that any source says of a server, and the sum over servers."""
    said: dict[str, dict[tuple[str, bool], int]] = defaultdict(lambda: defaultdict(int))
    last: int | None = None
    people = set[int]()
    for server, each in sightings:
        if each.at < oldest or (season is not None and each.season != season):
            continue
        said[server][each.source, each.is_count] += each.plays
        last = max(last or 0, each.at)
        if each.plays and each.person is not None:
            people.add(each.person)
    return sum(max(by_source.values()) for by_source in said.values()), last, people


def oldest_file_at(world: World, item: TrueItem) -> int:
    """Epoch second of the oldest file of an item: plays from before are about a copy that is gone."""
    instance = world.instances[item.instance]
    if item.type == "movie":
        file = instance.movies[item.id].file
        return 0 if file is None else int(file.added_at.timestamp())
    show = instance.shows[item.id]
    seasons = [season for season in show.seasons if item.season in {None, season.number}]
    return min(int(file.added_at.timestamp()) for season in seasons for file in season.files)


def _is_wished(server: MediaServer, native: int) -> bool:
    wishes = server.on_deck if server.kind is IntegrationType.PLEX else server.favourites
    return any(wish.title == native for wish in wishes)


def _collections(world: World, parent: TrueItem, places: list[_Place]) -> list[str]:
    own = {parent.collection} if parent.collection else set()
    for place in places:
        server = world.media_servers[place.server]
        own |= {each.name for each in server.collections.values() if place.title.native in each.members}
    return sorted(own)


def _each_once(labels: Iterable[str]) -> list[str]:
    """Without repetitions that differ in case only; the form is lower case, because servers spell them differently."""
    return sorted({label.lower() for label in labels})


class _Requests:
    """Counting requests by kind and outside id."""

    def __init__(self) -> None:
        self.by_id: dict[tuple[TitleKind, str, int], list[Request]] = defaultdict(list)

    def of(self, item: TrueItem, parent: TrueItem) -> list[Request]:
        """The requests for an item; a request without seasons is for all of them."""
        kind = _KINDS[item.type]
        found = {each.id: each for each in self.by_id.get((kind, "tvdb", parent.tvdb_id or -1), [])}
        found |= {
            each.id: each
            for each in self.by_id.get((kind, "tmdb", parent.tmdb_id or -1), [])
            if kind is TitleKind.MOVIE or not (each.tvdb_id and parent.tvdb_id)
        }
        return [
            each for each in found.values() if item.season is None or not each.seasons or item.season in each.seasons
        ]


def _requests(world: World) -> _Requests:
    found = _Requests()
    for desk in world.request_desks.values():
        for request in desk.requests:
            if request.status not in _COUNTING or request.damaged:
                continue
            if request.tmdb_id:
                found.by_id[request.kind, "tmdb", request.tmdb_id].append(request)
            if request.tvdb_id:
                found.by_id[request.kind, "tvdb", request.tvdb_id].append(request)
    return found
