"""A seeded audience for a generated library: accounts, plays, favourites, collections, labels and requests."""

import random
from bisect import bisect_right
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.simulator.audience import (
    Favourite,
    MediaServer,
    Request,
    RequestDesk,
    ServerCollection,
    ServerTitle,
    ViewEvent,
)
from libs.simulator.sizes import Attendance
from libs.simulator.venues import add_history, add_media_server, add_request_desk, person, stock
from libs.simulator.world import World

_DAY_S = 86_400
_NEVER_WATCHED_SHARE = 0.35
_BROKEN_OFF_SHARE = 0.05
_EARLIER_COPY_SHARE = 0.02
_PLAYS_OF = (("plex", 0.7), ("jellyfin", 0.2), ("emby", 0.1))


def invite(world: World, rng: random.Random, size: Attendance) -> None:
    """Give the library its media servers, their histories, a request desk, and an audience that used them.

    Plex holds everything, Jellyfin the libraries in HD, Emby the movies in HD. Tautulli watches Plex, Jellystat
    watches Jellyfin, Tracearr watches Plex and Emby.
    """
    world.people = [person(number) for number in range(size.people)]
    everybody = list(range(size.people))
    plex = add_media_server(world, "plex", IntegrationType.PLEX, everybody)
    jellyfin = add_media_server(world, "jellyfin", IntegrationType.JELLYFIN, everybody[: max(2, size.people // 2)])
    emby = add_media_server(world, "emby", IntegrationType.EMBY, everybody[: max(2, size.people // 3)])
    stock(world, plex, list(world.instances))
    stock(world, jellyfin, [key for key in world.instances if not key.endswith("4k")])
    stock(world, emby, [key for key in world.instances if key.startswith("radarr") and not key.endswith("4k")])
    now = int(world.clock.now().timestamp())
    for key, share in _PLAYS_OF:
        _attend(rng, world.media_servers[key], int(size.plays * share), now)
    for server in (plex, jellyfin, emby):
        _mark(rng, server)
    add_history(world, "tautulli", IntegrationType.TAUTULLI, ["plex"], since=now - 1_500 * _DAY_S)
    add_history(world, "jellystat", IntegrationType.JELLYSTAT, ["jellyfin"], since=now - 900 * _DAY_S)
    add_history(world, "tracearr", IntegrationType.TRACEARR, ["plex", "emby"], since=now - 400 * _DAY_S)
    _take_requests(world, rng, size.requests_pct / 100)


def _attend(rng: random.Random, server: MediaServer, plays: int, now: int) -> None:
    """Plays, in order of time. A few were broken off, and a few are about a copy that was replaced since."""
    titles = [title for title in server.titles.values() if rng.random() > _NEVER_WATCHED_SHARE]
    if not titles:
        return
    popularity = list(accumulate(rng.paretovariate(1.2) for _ in titles))
    chosen = (titles[bisect_right(popularity, rng.random() * popularity[-1])] for _ in range(plays))
    found = [_view(rng, server, title, now) for title in chosen]
    found.sort(key=lambda view: view.at)
    for number, view in enumerate(found, start=1):
        view.number = number
    server.plays = found


def _view(rng: random.Random, server: MediaServer, title: ServerTitle, now: int) -> ViewEvent:
    added = int(title.added_at.timestamp())
    at = now - int((now - added) * rng.random() ** 1.5)
    if rng.random() < _EARLIER_COPY_SHARE:
        at = added - rng.randint(1, 300) * _DAY_S
    seconds = rng.randint(5, 60) if rng.random() < _BROKEN_OFF_SHARE else int(title.runtime_s * rng.uniform(0.95, 1))
    season = rng.choice(title.seasons) if title.seasons else None
    return ViewEvent(
        number=0,
        person=server.users[int(len(server.users) * rng.random() ** 2)],
        title=title.native,
        season=season.number if season else 0,
        episode=rng.randint(1, season.episodes) if season else 0,
        at=at,
        seconds=seconds,
    )


def _mark(rng: random.Random, server: MediaServer) -> None:
    """Favourites, on deck, labels and collections, sparse as in life."""
    titles = list(server.titles.values())
    for title in rng.sample(titles, len(titles) // 30):
        server.favourites.append(Favourite(rng.choice(server.users), title.native))
    shows = [title for title in titles if title.seasons]
    for title in rng.sample(shows, min(len(shows), 10)):
        season = rng.choice(title.seasons)
        server.on_deck.append(Favourite(server.users[0], title.native, season.number, rng.randint(1, season.episodes)))
    for title in rng.sample(titles, len(titles) // 40):
        title.labels = rng.sample(["Keep", "Kids", "Christmas"], rng.randint(1, 2))
    movies = [title for title in titles if title.kind is TitleKind.MOVIE and title.section == 1]
    for number in range(min(20, len(movies) // 10)):
        members = sorted(title.native for title in rng.sample(movies, rng.randint(2, 6)))
        native = 10_000_000 + number
        server.collections[native] = ServerCollection(
            native=native, name=f"{server.key.title()} Picks {number + 1}", section=1, members=members
        )


def _take_requests(world: World, rng: random.Random, share: float) -> None:
    """Requests of all states; one in eight was declined or failed, one in ten is somebody else's for the same title."""
    desk = add_request_desk(world)
    for key, instance in world.instances.items():
        for movie in instance.movies.values():
            if rng.random() < share:
                about = _Asked(TitleKind.MOVIE, movie.tmdb_id, 0, movie.added_at, key, movie.id)
                _request(rng, desk, about, ())
        for show in instance.shows.values():
            if rng.random() < share and show.tmdb_id:
                about = _Asked(TitleKind.TV, show.tmdb_id, show.tvdb_id, show.added_at, key, show.id)
                seasons = tuple(season.number for season in show.seasons if season.number and rng.random() < 0.7)
                _request(rng, desk, about, seasons)


class _Asked(NamedTuple):
    kind: TitleKind
    tmdb_id: int
    tvdb_id: int
    at: datetime
    arr: str
    arr_id: int


def _request(rng: random.Random, desk: RequestDesk, about: _Asked, seasons: tuple[int, ...]) -> None:
    for _ in range(2 if rng.random() < 0.1 else 1):
        desk.requests.append(
            Request(
                id=len(desk.requests) + 1,
                kind=about.kind,
                tmdb_id=about.tmdb_id,
                tvdb_id=about.tvdb_id,
                person=rng.choice(desk.users),
                status=rng.choices((1, 2, 3, 4, 5), (5, 60, 8, 5, 22))[0],
                created_at=about.at,
                seasons=seasons,
                is_4k=about.arr.endswith("4k"),
                arr=about.arr,
                arr_id=about.arr_id,
            )
        )
