"""What a test may change about the audience from outside: plays, favourites, labels, requests, forgotten titles."""

from bisect import insort
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import Favourite, MediaServer, Request, RequestDesk, ServerTitle, ViewEvent
from libs.simulator.changes import Effect
from libs.simulator.world import World

Outcome = tuple[Effect, dict[str, Any]]
T = TypeVar("T")
_UNFINISHED_S = 60
"""A play without a length is watched to its last minute."""


class RefusedChangeError(ValueError):
    """The change names a server, person, title, season or episode that does not exist."""


class _Spec(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Titles go by their native number, people by their place in the world, which starts at 0."""


class PlaySpec(_Spec):
    """Somebody watched a movie, or an episode. `seconds` left out: nearly all of it."""

    person: int
    title: int
    season: int = 0
    episode: int = 0
    seconds_ago: float = 0
    seconds: int | None = None


class FavouriteSpec(_Spec):
    """Somebody marks a title, season or episode, or takes the mark back."""

    person: int
    title: int
    season: int = 0
    episode: int = 0
    remove: bool = False


class LabelSpec(_Spec):
    """A title gets a label, or loses it."""

    title: int
    label: str
    remove: bool = False


class RequestSpec(_Spec):
    """Somebody asks for a title. `status` and `media_status` as in `Request`; `id` left out: the next one."""

    kind: TitleKind
    tmdb_id: int
    person: int
    tvdb_id: int = 0
    status: int = 2
    media_status: int = 5
    seconds_ago: float = 0
    seasons: list[int] = []
    is_4k: bool = False
    arr: str = ""
    arr_id: int = 0
    damaged: bool = False
    id: int | None = None


def change_audience(world: World, body: dict[str, Any], now: datetime) -> Outcome:
    """`{server, play | favourite | label | forget: …}` or `{desk, request: …}`. A `ValueError` says what is wrong."""
    if "desk" in body:
        return _ask(world, body, now)
    server = _named(world.media_servers, "server", body)
    wanted = [name for name in _CHANGES if name in body]
    if len(wanted) != 1:
        raise RefusedChangeError(f"give exactly one of {', '.join(_CHANGES)}")
    outcome = _CHANGES[wanted[0]](server, body[wanted[0]], now)
    server.revision += 1
    return outcome


def _play(server: MediaServer, raw: Any, now: datetime) -> Outcome:
    spec = msgspec.convert(raw, PlaySpec)
    title = _title(server, spec.title)
    _require_person(server.users, spec.person)
    _require_place(title, spec.season, spec.episode, is_played=True)
    view = ViewEvent(
        number=max((each.number for each in server.plays), default=0) + 1,
        person=spec.person,
        title=spec.title,
        season=spec.season,
        episode=spec.episode,
        at=int(now.timestamp() - spec.seconds_ago),
        seconds=max(0, title.runtime_s - _UNFINISHED_S) if spec.seconds is None else spec.seconds,
    )
    insort(server.plays, view, key=lambda each: each.at)
    return Effect(kind="play_added", id=view.number, title=title.title, detail=server.key), {"number": view.number}


def _favourite(server: MediaServer, raw: Any, _: datetime) -> Outcome:
    spec = msgspec.convert(raw, FavouriteSpec)
    title = _title(server, spec.title)
    _require_person(server.users, spec.person)
    _require_place(title, spec.season, spec.episode, is_played=False)
    mark = Favourite(spec.person, spec.title, spec.season, spec.episode)
    server.favourites = [each for each in server.favourites if each != mark]
    if not spec.remove:
        server.favourites.append(mark)
    kind = "favourite_removed" if spec.remove else "favourite_added"
    return Effect(kind=kind, id=title.native, title=title.title, detail=server.key), {}


def _label(server: MediaServer, raw: Any, _: datetime) -> Outcome:
    spec = msgspec.convert(raw, LabelSpec)
    title = _title(server, spec.title)
    others = [each for each in title.labels if each.lower() != spec.label.lower()]
    title.labels = others if spec.remove else [*others, spec.label]
    kind = "label_removed" if spec.remove else "label_added"
    return Effect(kind=kind, id=title.native, title=title.title, detail=spec.label), {"labels": title.labels}


def _forget(server: MediaServer, raw: Any, _: datetime) -> Outcome:
    """The title leaves the library with its marks; its plays stay, as rows about something that is no longer there."""
    title = _title(server, msgspec.convert(raw, int))
    del server.titles[title.native]
    server.favourites = [each for each in server.favourites if each.title != title.native]
    server.on_deck = [each for each in server.on_deck if each.title != title.native]
    server.playing = [each for each in server.playing if each.title != title.native]
    for collection in server.collections.values():
        collection.members = [native for native in collection.members if native != title.native]
    return Effect(kind="title_forgotten", id=title.native, title=title.title, detail=server.key), {}


def _ask(world: World, body: dict[str, Any], now: datetime) -> Outcome:
    desk: RequestDesk = _named(world.request_desks, "desk", body)
    spec = msgspec.convert(body.get("request"), RequestSpec)
    _require_person(desk.users, spec.person)
    number = max((each.id for each in desk.requests), default=0) + 1 if spec.id is None else spec.id
    if any(each.id == number for each in desk.requests):
        raise RefusedChangeError(f"{desk.key} already has a request {number}")
    request = Request(
        id=number,
        kind=spec.kind,
        tmdb_id=spec.tmdb_id,
        tvdb_id=spec.tvdb_id,
        person=spec.person,
        status=spec.status,
        media_status=spec.media_status,
        created_at=(now - timedelta(seconds=spec.seconds_ago)).replace(microsecond=0),
        seasons=tuple(spec.seasons),
        is_4k=spec.is_4k,
        arr=spec.arr,
        arr_id=spec.arr_id,
        damaged=spec.damaged,
    )
    desk.requests.append(request)
    return Effect(kind="request_added", id=request.id, detail=desk.key), {"id": request.id}


def _named(known: dict[str, T], name: str, body: dict[str, Any]) -> T:
    found = known.get(body.get(name, ""))
    if found is None:
        raise RefusedChangeError(f"{name} must be one of {', '.join(known)}")
    return found


def _title(server: MediaServer, native: int) -> ServerTitle:
    title = server.titles.get(native)
    if title is None:
        raise RefusedChangeError(f"{server.key} has no title {native}")
    return title


def _require_person(users: list[int], person: int) -> None:
    if person not in users:
        raise RefusedChangeError(f"person must be one of {', '.join(map(str, users))}")


def _require_place(title: ServerTitle, season: int, episode: int, *, is_played: bool) -> None:
    """What is played is a movie or an episode; a mark may also be on a show or a season."""
    if title.kind is TitleKind.MOVIE and (season or episode):
        raise RefusedChangeError(f"{title.title} is a movie and has no seasons")
    if title.kind is TitleKind.MOVIE or not (season or episode or is_played):
        return
    found = next((each for each in title.seasons if each.number == season), None)
    lowest = 1 if is_played else 0
    if found is None or not lowest <= episode <= found.episodes:
        raise RefusedChangeError(f"{title.title} has no episode {episode} in a season {season}")


_CHANGES: dict[str, Callable[[MediaServer, Any, datetime], Outcome]] = {
    "play": _play,
    "favourite": _favourite,
    "label": _label,
    "forget": _forget,
}
