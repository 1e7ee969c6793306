"""What a test or a demonstration may change from outside: new items, instance settings, free space, time.

Each is kept in the ledger as a control entry, so that a restarted simulator comes back to the same world.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from libs.simulator.changes import Effect
from libs.simulator.ledger import Entry
from libs.simulator.plant import plant_movie, plant_season, plant_show
from libs.simulator.simulation import Simulation
from libs.simulator.specs import SeasonSpec, movie_spec, show_spec
from libs.simulator.world import Instance, InstanceSettings, World

CONTROL = "_sim"


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


Outcome = tuple[Effect, dict[str, Any]]


def _add_item(world: World, body: dict[str, Any], now: datetime) -> Outcome:
    """`{instance, movie}`, `{instance, show}` or `{instance, showId, season}`; files take their room on the disk."""
    instance = _instance(world, body)
    if "movie" in body:
        movie = plant_movie(world, instance, movie_spec(body["movie"]), now)
        return _came(world, instance, movie.id, movie.title, movie.path, movie.size_bytes)
    if "show" in body:
        show = plant_show(world, instance, show_spec(body["show"]), now)
        return _came(world, instance, show.id, show.title, show.path, show.size_bytes)
    show_id = body.get("showId")
    if not isinstance(show_id, int) or show_id not in instance.shows:
        raise RefusedInterventionError("give movie, show, or showId of a show that exists with season")
    spec = msgspec.convert(body.get("season"), SeasonSpec)
    known = instance.shows[show_id]
    before = known.size_bytes
    plant_season(instance, known, spec, now - timedelta(days=spec.age_days or 0))
    return _came(world, instance, known.id, known.title, known.path, known.size_bytes - before)


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
    """`{instance, settings: {recycleBin…}, rootAccessible: {path: bool}}`."""
    instance = _instance(world, body)
    merged = msgspec.to_builtins(instance.settings) | body.get("settings", {})
    settings = msgspec.convert(merged, InstanceSettings)
    unknown = set(body.get("settings", {})) - set(msgspec.to_builtins(settings))
    accessible = body.get("rootAccessible", {})
    unknown |= {path for path in accessible if instance.root_of(path) is None}
    if unknown:
        raise RefusedInterventionError(f"{instance.key} does not know {', '.join(sorted(unknown))}")
    instance.settings = settings
    for root in instance.roots:
        root.accessible = bool(accessible.get(root.path, root.accessible))
    instance.revision += 1
    return Effect(kind="settings_changed", id=0, detail=instance.key), msgspec.to_builtins(settings)


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


_ACTIONS: dict[str, Callable[[World, dict[str, Any], datetime], Outcome]] = {
    "items": _add_item,
    "disks": _set_free,
    "settings": _configure,
    "clock": _shift_clock,
}
