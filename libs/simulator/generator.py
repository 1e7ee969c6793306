"""Seeded libraries of any size: the same profile, seed and time give the same library."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime

from libs.common.domain.enums import IntegrationType
from libs.simulator.attendance import invite
from libs.simulator.builders import add_disks, install_music_and_books
from libs.simulator.clock import SimClock
from libs.simulator.demo import generate_demo
from libs.simulator.disks import Mount
from libs.simulator.fixture import fixture_world
from libs.simulator.invent import MOVIE_BASE, invent_artist, invent_book, invent_movie, invent_show
from libs.simulator.plant import plant_movie, plant_show
from libs.simulator.sizes import AUDIENCES, SIZES, Attendance, Size, audience_for, items_in, seasons_of, size_for
from libs.simulator.specs import GB, DiskSpec
from libs.simulator.titles import movie_title
from libs.simulator.world import CollectionMember, Instance, World

_FILL_SHARE = 0.9
_MISSING_SHARE = 0.02
_COLLECTION_EVERY, _COLLECTION_SIZE = 25, 3
_HD_MOUNT, _UHD_MOUNT = "/data/media", "/data/uhd"
_TB = 1000 * GB


def generate(profile: str, seed: int, now: datetime) -> World:
    """The library of a profile (see `PROFILES` and `sizes.profile_of`), with dates relative to `now`."""
    items = items_in(profile)
    if items is not None:
        return _generate_sized(profile, size_for(items), audience_for(items), seed, now)
    return PROFILES[profile](seed, now)


def _sized(profile: str) -> Callable[[int, datetime], World]:
    def make(seed: int, now: datetime) -> World:
        return _generate_sized(profile, SIZES[profile], AUDIENCES[profile], seed, now)

    return make


PROFILES: dict[str, Callable[[int, datetime], World]] = {
    "demo": generate_demo,
    "fixture": lambda _seed, now: fixture_world(now),
    **{name: _sized(name) for name in SIZES},
}


def _generate_sized(profile: str, size: Size, audience: Attendance, seed: int, now: datetime) -> World:
    world = World(SimClock(now), seed=seed, profile=profile)
    mounts = add_disks(world, [DiskSpec(name="media"), DiskSpec(name="uhd", mounts=[_UHD_MOUNT])])
    rng = random.Random(f"{profile}:{seed}")
    _movies(world, rng, "radarr", range(size.movies), mounts)
    _movies(world, rng, "radarr-4k", range(size.movies_4k), mounts)
    _shows(world, rng, "sonarr", range(size.shows), mounts)
    _shows(world, rng, "sonarr-4k", range(size.shows_4k), mounts)
    more = random.Random(f"{profile}:{seed}:music and books")
    artists = [invent_artist(more, number) for number in range(size.artists)]
    books = [invent_book(more, number) for number in range(size.books)]
    install_music_and_books(world, mounts, artists=artists, books=books)
    _fill_volumes(world)
    invite(world, random.Random(f"{profile}:{seed}:audience"), audience)
    return world


def _movies(world: World, rng: random.Random, key: str, numbers: range, mounts: Sequence[Mount]) -> None:
    """A Radarr with these titles, and a few more it still waits for. A 4K one holds copies of the same titles."""
    ultra = key.endswith("4k")
    root = f"{_UHD_MOUNT if ultra else _HD_MOUNT}/movies"
    instance = world.add_instance(key, IntegrationType.RADARR, roots=[root], mounts=mounts)
    waiting = range(numbers.stop, numbers.stop + int(len(numbers) * _MISSING_SHARE))
    now = world.clock.now()
    for number in (*numbers, *waiting):
        spec = invent_movie(rng, number, has_file=number in numbers)
        if ultra:
            spec.profile_id, spec.size_bytes = 5, spec.size_bytes * 3
        elif number % _COLLECTION_EVERY < _COLLECTION_SIZE:
            spec.collection = f"{_first_title(number)} Collection"
        plant_movie(world, instance, spec, now)
    _add_unowned(instance)


def _first_title(number: int) -> str:
    return movie_title(number - number % _COLLECTION_EVERY)


def _add_unowned(instance: Instance) -> None:
    """Every second collection has one part more than the library."""
    for collection in list(instance.collections.values())[::2]:
        number = MOVIE_BASE * 3 + collection.id
        collection.members.append(CollectionMember(number, f"{collection.title} Finale", 2030))


def _shows(world: World, rng: random.Random, key: str, numbers: range, mounts: Sequence[Mount]) -> None:
    """A Sonarr with these titles. A 4K one holds copies of the same titles."""
    ultra = key.endswith("4k")
    root = f"{_UHD_MOUNT if ultra else _HD_MOUNT}/tv"
    instance = world.add_instance(key, IntegrationType.SONARR, roots=[root], mounts=mounts)
    now = world.clock.now()
    for number in numbers:
        spec = invent_show(rng, number, seasons=seasons_of(number))
        if ultra:
            spec.profile_id = 5
        plant_show(world, instance, spec, now)


def _fill_volumes(world: World) -> None:
    """Disks as large as their libraries ask for, in whole terabytes, and nine tenths full."""
    for name in ("media", "uhd"):
        used = sum(_used(world, instance, name) for instance in world.instances.values())
        volume = world.disks.volumes[name]
        volume.total_bytes = (int(used / _FILL_SHARE) // _TB + 1) * _TB
        volume.free_bytes = volume.total_bytes - int(volume.total_bytes * _FILL_SHARE)


def _used(world: World, instance: Instance, volume: str) -> int:
    home = world.volume_at(instance, instance.roots[0].path)
    if home is None or home.name != volume:
        return 0
    return instance.size_bytes
