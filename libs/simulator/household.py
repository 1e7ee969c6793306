"""The demonstration's audience: a household and its friends, who love a few titles and have forgotten the others."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import Favourite, MediaServer, Request, RequestDesk, ServerCollection, ViewEvent
from libs.simulator.venues import add_history, add_media_server, add_request_desk, person, stock
from libs.simulator.world import Instance, World

_DAY_S, _HOUR_S = 86_400, 3_600
_PEOPLE = range(6)
_ON_JELLYFIN = frozenset({4, 5})
_RECORDING_DAYS = 1_500
_FORMER_COPIES = 3
_REQUESTED_SHARE = 0.2


class _Habit(NamedTuple):
    """How some of the titles are watched: by how many people at most, how often by each, and how many days ago.

    Seasons are watched once by each.
    """

    share: float
    viewers: int
    rounds: tuple[int, int]
    days: tuple[int, int]


_LOVED = _Habit(0.14, viewers=4, rounds=(2, 5), days=(1, 150))
_SEEN_LATELY = _Habit(0.12, viewers=2, rounds=(1, 1), days=(5, 250))
_FORGOTTEN = _Habit(0.34, viewers=2, rounds=(1, 1), days=(420, 1_500))
_HABITS = (_LOVED, _SEEN_LATELY, _FORGOTTEN)
"""What is left was never watched."""


class _Part(NamedTuple):
    """A movie (season 0, no episodes) or a season, and since when its files are there (epoch second)."""

    season: int
    episodes: int
    since: int


@dataclass(slots=True)
class _Title:
    """A movie or show of an *arr, and who watched it."""

    arr: str
    arr_id: int
    kind: TitleKind
    tmdb_id: int
    tvdb_id: int
    path: str
    runtime_s: int
    added_at: datetime
    parts: list[_Part]
    habit: _Habit | None = None
    viewers: list[int] = field(default_factory=list)


def invite_household(world: World, rng: random.Random) -> None:
    """Give the library a Plex that holds everything, a Jellyfin without the 4K copies, a Tautulli and a Seerr.

    Both servers were there before the oldest file, and remember copies that were replaced since.
    """
    now = int(world.clock.now().timestamp())
    world.people = [person(number) for number in _PEOPLE]
    plex = add_media_server(world, "plex", IntegrationType.PLEX, _PEOPLE)
    jellyfin = add_media_server(world, "jellyfin", IntegrationType.JELLYFIN, _PEOPLE)
    plex.name, jellyfin.name = "Plex", "Jellyfin"
    stock(world, plex, list(world.instances))
    stock(world, jellyfin, [key for key in world.instances if not key.endswith("4k")])
    add_history(world, "tautulli", IntegrationType.TAUTULLI, [plex.key], since=now - _RECORDING_DAYS * _DAY_S)
    titles = [title for instance in world.instances.values() for title in _dealt(rng, _titles(instance))]
    _watch(rng, titles, _Home(plex), _Home(jellyfin), now)
    _mark(rng, titles, _Home(plex), _Home(jellyfin))
    _ask(rng, titles, add_request_desk(world))


class _Home:
    """A media server whose titles are found by their folder."""

    def __init__(self, server: MediaServer) -> None:
        self.server = server
        self._by_path = {title.path: title.native for title in server.titles.values()}

    def native(self, title: _Title) -> int | None:
        """The title's number here; None when it is not on the shelves."""
        return self._by_path.get(title.path)

    def add(self, title: _Title, person: int, part: _Part, first_at: int) -> None:
        """A movie, or all episodes of a season one after the other, an hour each."""
        native = self._by_path[title.path]
        for number in range(part.episodes or 1):
            self.server.plays.append(
                ViewEvent(
                    number=0,
                    person=person,
                    title=native,
                    season=part.season,
                    episode=number + 1 if part.episodes else 0,
                    at=first_at + number * _HOUR_S,
                    seconds=title.runtime_s,
                )
            )

    def put_in_order(self) -> None:
        """Number the plays by their time."""
        self.server.plays.sort(key=lambda view: view.at)
        for number, view in enumerate(self.server.plays, start=1):
            view.number = number


def _titles(instance: Instance) -> Iterator[_Title]:
    for movie in instance.movies.values():
        if movie.file is not None:
            yield _Title(
                arr=instance.key,
                arr_id=movie.id,
                kind=TitleKind.MOVIE,
                tmdb_id=movie.tmdb_id,
                tvdb_id=0,
                path=movie.path,
                runtime_s=movie.runtime * 60,
                added_at=movie.added_at,
                parts=[_Part(0, 0, _second(movie.file.added_at))],
            )
    for show in instance.shows.values():
        yield _Title(
            arr=instance.key,
            arr_id=show.id,
            kind=TitleKind.TV,
            tmdb_id=show.tmdb_id,
            tvdb_id=show.tvdb_id,
            path=show.path,
            runtime_s=show.runtime * 60,
            added_at=show.added_at,
            parts=[
                _Part(season.number, len(season.files), min(_second(file.added_at) for file in season.files))
                for season in show.seasons
                if season.number and season.files
            ],
        )


def _dealt(rng: random.Random, titles: Iterable[_Title]) -> list[_Title]:
    """Each habit gets its share of a library, at least one title, so that every seed shows all of them."""
    dealt = [*titles]
    order = rng.sample(dealt, len(dealt))
    for habit in _HABITS:
        for _ in range(max(1, round(habit.share * len(dealt)))):
            order.pop().habit = habit
    return dealt


def _watch(rng: random.Random, titles: Sequence[_Title], plex: _Home, jellyfin: _Home, now: int) -> None:
    for title in titles:
        if title.habit is not None:
            for viewer in rng.sample(_PEOPLE, rng.randint(1, title.habit.viewers)):
                at_jellyfin = viewer in _ON_JELLYFIN and jellyfin.native(title) is not None
                _watch_title(rng, title, viewer, jellyfin if at_jellyfin else plex, now)
    oldest = min(part.since for title in titles for part in title.parts)
    for home in (plex, jellyfin):
        never = [title for title in titles if title.habit is None and home.native(title) is not None]
        for title in rng.sample(never, _FORMER_COPIES):
            home.add(title, rng.choice(_PEOPLE), title.parts[0], oldest - rng.randint(30, 120) * _DAY_S)
        home.put_in_order()


def _watch_title(rng: random.Random, title: _Title, viewer: int, home: _Home, now: int) -> None:
    """Nobody watches what is not there yet: a title that is too young for its habit stays unwatched."""
    habit = title.habit or _FORGOTTEN
    newest, oldest = (now - days * _DAY_S for days in habit.days)
    for part in title.parts:
        earliest = max(oldest, part.since)
        for _ in range(1 if part.season else rng.randint(*habit.rounds)):
            if earliest < newest:
                home.add(title, viewer, part, rng.randint(earliest, newest))
                title.viewers.append(viewer)


def _mark(rng: random.Random, titles: Sequence[_Title], plex: _Home, jellyfin: _Home) -> None:
    """Favourites on Jellyfin, what is next on Plex, and Plex's labels and collections."""
    loved = [title for title in titles if title.habit is _LOVED and title.viewers]
    for title in loved:
        native = jellyfin.native(title)
        if native is not None:
            jellyfin.server.favourites.append(Favourite(title.viewers[0], native))
        if title.kind is TitleKind.TV:
            part = title.parts[-1]
            plex.server.on_deck.append(Favourite(0, _on(plex, title), part.season, 1))
    for label, chosen in (("Keep", loved[:3]), ("Kids", rng.sample(titles, 4)), ("Christmas", rng.sample(titles, 2))):
        for title in chosen:
            labelled = plex.server.titles[_on(plex, title)]
            labelled.labels = [*labelled.labels, label]
    movies = [title for title in titles if title.arr == "radarr"]
    for number, name in enumerate(("Movie Night", "Rainy Sundays")):
        members = sorted(_on(plex, title) for title in rng.sample(movies, 5))
        native = 10_000_000 + number
        plex.server.collections[native] = ServerCollection(native=native, name=name, section=1, members=members)


def _on(plex: _Home, title: _Title) -> int:
    native = plex.native(title)
    if native is None:
        raise LookupError(f"{title.path} is missing on a Plex that holds everything")
    return native


def _ask(rng: random.Random, titles: Sequence[_Title], desk: RequestDesk) -> None:
    """Most requests were fulfilled, and most people watched what they had asked for."""
    for title in titles:
        if rng.random() < _REQUESTED_SHARE and title.tmdb_id:
            desk.requests.append(
                Request(
                    id=len(desk.requests) + 1,
                    kind=title.kind,
                    tmdb_id=title.tmdb_id,
                    tvdb_id=title.tvdb_id,
                    person=rng.choice(title.viewers or _PEOPLE),
                    status=rng.choices((2, 3, 5), (20, 10, 70))[0],
                    created_at=title.added_at - timedelta(days=rng.randint(1, 20)),
                    is_4k=title.arr.endswith("4k"),
                    arr=title.arr,
                    arr_id=title.arr_id,
                )
            )


def _second(moment: datetime) -> int:
    return int(moment.timestamp())
