"""What a test or a demonstration may change from outside: new items, settings, free space, time, the audience.

Each is kept in the ledger as a control entry, so that a restarted simulator comes back to the same world.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from libs.simulator.audience import History, HistorySettings, MediaServer, ServerSettings
from libs.simulator.audience_changes import Outcome, change_audience
from libs.simulator.changes import Effect
from libs.simulator.ledger import Entry
from libs.simulator.plant import plant_movie, plant_season, plant_show
from libs.simulator.plant_artists import plant_album, plant_artist
from libs.simulator.plant_books import plant_book
from libs.simulator.simulation import Simulation
from libs.simulator.specs import AlbumSpec, SeasonSpec, artist_spec, book_spec, movie_spec, show_spec
from libs.simulator.world import Instance, InstanceSettings, World

CONTROL = "_sim"
Configurable = Instance | MediaServer | History
S = TypeVar("S", InstanceSettings, ServerSettings, HistorySettings)


class RefusedInterventionError(ValueError):
    """The intervention names something that does not exist or says something that cannot be."""


def intervene(simulation: Simulation, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Carry out one intervention and keep it. A `ValueError` says what was wrong, before anything changed."""
    now = simulation.world.clock.now()
    effect, result = _ACTIONS[name](simulation.world, body, now)
    simulation.ledger.append(
        Entry(
            seq=0,
            at=now,
            instance=CONTROL,
            method="POST",
            path=name,
            body=body,
            status=200,
            effect=effect,
            effects=[effect],
            control=True,
        )
    )
    return result


def repeat_intervention(simulation: Simulation, entry: Entry) -> None:
    """Do again what a former life was told."""
    _ACTIONS[entry.path](simulation.world, entry.body, entry.at)


def _add_item(world: World, body: dict[str, Any], now: datetime) -> Outcome:
    """`{instance, movie | show | artist | book}`, `{instance, showId, season}` or `{instance, artistId, album}`.

    Files take their room on the disk.
    """
    instance = _instance(world, body)
    if "movie" in body:
        movie = plant_movie(world, instance, movie_spec(body["movie"]), now)
        return _came(world, instance, movie.id, movie.title, movie.path, movie.size_bytes)
    if "show" in body:
        show = plant_show(world, instance, show_spec(body["show"]), now)
        return _came(world, instance, show.id, show.title, show.path, show.size_bytes)
    if "artist" in body:
        artist = plant_artist(world, instance, artist_spec(body["artist"]), now)
        return _came(world, instance, artist.id, artist.title, artist.path, artist.size_bytes)
    if "book" in body:
        book = plant_book(world, instance, book_spec(body["book"]), now)
        path = instance.authors[book.author_id].path
        return _came(world, instance, book.id, book.title, path, book.size_bytes)
    return _add_to_artist(world, instance, body, now) if "album" in body else _add_to_show(world, instance, body, now)


def _add_to_show(world: World, instance: Instance, body: dict[str, Any], now: datetime) -> Outcome:
    show_id = body.get("showId")
    if not isinstance(show_id, int) or show_id not in instance.shows:
        raise RefusedInterventionError("give movie, show, artist, book, or showId of a show that exists with season")
    spec = msgspec.convert(body.get("season"), SeasonSpec)
    known = instance.shows[show_id]
    before = known.size_bytes
    plant_season(instance, known, spec, now - timedelta(days=spec.age_days or 0))
    return _came(world, instance, known.id, known.title, known.path, known.size_bytes - before)


def _add_to_artist(world: World, instance: Instance, body: dict[str, Any], now: datetime) -> Outcome:
    known = instance.artists.get(body.get("artistId", 0))
    if known is None:
        raise RefusedInterventionError("give artistId of an artist that exists with album")
    spec = msgspec.convert(body["album"], AlbumSpec)
    album = plant_album(world, instance, known, spec, now - timedelta(days=spec.age_days or 0))
    return _came(world, instance, known.id, known.title, known.path, album.size_bytes)


def _came(world: World, instance: Instance, number: int, title: str, path: str, size_bytes: int) -> Outcome:
    volume = world.volume_at(instance, path)
    if volume is not None:
        volume.take(size_bytes)
    return Effect(kind="item_added", id=number, title=title, path=path), {"id": number}


def _set_free(world: World, body: dict[str, Any], _: datetime) -> Outcome:
    volume = world.disks.volumes.get(body.get("volume", ""))
    free = body.get("freeBytes")
    if volume is None:
        raise RefusedInterventionError(f"volume must be one of {', '.join(world.disks.volumes)}")
    if not isinstance(free, int) or not 0 <= free <= volume.total_bytes:
        raise RefusedInterventionError(f"freeBytes must be 0 to {volume.total_bytes}")
    volume.free_bytes = free
    return Effect(kind="free_space_set", id=0, detail=volume.name), msgspec.to_builtins(volume)


def _configure(world: World, body: dict[str, Any], _: datetime) -> Outcome:
    """`{instance, settings: {recycleBin…}, rootAccessible: {path: bool}}`; the last is for *arr only."""
    system = _system(world, body)
    changes, accessible = body.get("settings", {}), body.get("rootAccessible", {})
    roots = system.roots if isinstance(system, Instance) else []
    unknown = set(changes) - set(msgspec.to_builtins(system.settings))
    unknown |= set(accessible) - {root.path for root in roots}
    if unknown:
        raise RefusedInterventionError(f"{system.key} does not know {', '.join(sorted(unknown))}")
    _set_up(system, changes)
    for root in roots:
        root.accessible = bool(accessible.get(root.path, root.accessible))
    return Effect(kind="settings_changed", id=0, detail=system.key), msgspec.to_builtins(system.settings)


def _set_up(system: Configurable, changes: dict[str, Any]) -> None:
    """Rows that were encoded with other settings are no longer good."""
    if isinstance(system, History):
        system.settings = _merged(system.settings, changes)
        return
    if isinstance(system, Instance):
        system.settings = _merged(system.settings, changes)
    else:
        system.settings = _merged(system.settings, changes)
    system.revision += 1


def _merged(settings: S, changes: dict[str, Any]) -> S:
    return msgspec.convert(msgspec.to_builtins(settings) | changes, type(settings))


def _shift_clock(world: World, body: dict[str, Any], _: datetime) -> Outcome:
    seconds = body.get("seconds")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise RefusedInterventionError("seconds must be a number")
    world.clock.shift(seconds)
    return Effect(kind="clock_shifted", id=0, detail=str(seconds)), {"now": world.clock.now().isoformat()}


def _instance(world: World, body: dict[str, Any]) -> Instance:
    instance = world.instances.get(body.get("instance", ""))
    if instance is None:
        raise RefusedInterventionError(f"instance must be one of {', '.join(world.instances)}")
    return instance


def _system(world: World, body: dict[str, Any]) -> Configurable:
    systems: dict[str, Configurable] = {**world.instances, **world.media_servers, **world.histories}
    system = systems.get(body.get("instance", ""))
    if system is None:
        raise RefusedInterventionError(f"instance must be one of {', '.join(systems)}")
    return system


_ACTIONS: dict[str, Callable[[World, dict[str, Any], datetime], Outcome]] = {
    "items": _add_item,
    "disks": _set_free,
    "settings": _configure,
    "clock": _shift_clock,
    "audience": change_audience,
}
