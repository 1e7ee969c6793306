"""The demonstration: a 2 TB disk, nine tenths full, that thirty deletions bring below three quarters."""

import random
from datetime import datetime

from libs.common.domain.enums import IntegrationType
from libs.simulator.builders import MOVIES_ROOT, SHOWS_ROOT, add_disks
from libs.simulator.clock import SimClock
from libs.simulator.household import invite_household
from libs.simulator.invent import invent_movie, invent_show
from libs.simulator.plant import plant_movie, plant_show
from libs.simulator.specs import GB, DiskSpec, MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.world import World

_DISK = DiskSpec(total_bytes=2000 * GB, free_bytes=200 * GB)
_MOVIES, _UHD_COPIES, _SHOWS = 52, 8, 12
_SEASONS = (2, 3, 4, 5, 6)
# Any thirty items of this size make up the 300 GB between nine tenths and three quarters of the disk.
_SMALLEST = 11 * GB
_LIBRARY = 1720 * GB
_KEPT_MOVIES = {3, 17, 29}
_YOUNG_MOVIES = {7, 23, 41}
_KEPT_SHOWS = {4}
_COLLECTIONS = {"The Meridian Collection": range(10, 13), "The Lantern Collection": range(30, 34)}


def generate_demo(seed: int, now: datetime) -> World:
    """About 60 movies and 12 shows on one disk: some to keep, some new, some in collections, some in 4K, some loved."""
    world = World(SimClock(now), seed=seed, profile="demo")
    mounts = add_disks(world, [_DISK])
    rng = random.Random(f"demo:{seed}")
    movies = [_movie(rng, number) for number in range(_MOVIES)]
    copies = [_uhd_copy(rng, movies[number * 6]) for number in range(_UHD_COPIES)]
    shows = [_show(rng, number) for number in range(_SHOWS)]
    _scale([*movies, *copies, *(season for show in shows for season in show.seasons if season.size_bytes)])
    uhd_root = f"{MOVIES_ROOT}-4k"
    radarr = world.add_instance("radarr", IntegrationType.RADARR, roots=[MOVIES_ROOT], mounts=mounts)
    radarr_4k = world.add_instance("radarr-4k", IntegrationType.RADARR, roots=[uhd_root], mounts=mounts)
    sonarr = world.add_instance("sonarr", IntegrationType.SONARR, roots=[SHOWS_ROOT], mounts=mounts)
    for movie in movies:
        plant_movie(world, radarr, movie, now)
    for copy in copies:
        plant_movie(world, radarr_4k, copy, now)
    for show in shows:
        plant_show(world, sonarr, show, now)
    invite_household(world, random.Random(f"demo:{seed}:audience"))
    return world


def _movie(rng: random.Random, number: int) -> MovieSpec:
    spec = invent_movie(rng, number)
    spec.size_bytes = int(rng.triangular(11, 40, 14) * GB)
    spec.age_days = rng.uniform(1, 5) if number in _YOUNG_MOVIES else rng.uniform(60, 2_000)
    spec.tags = ["keep"] if number in _KEPT_MOVIES else []
    spec.collection = next((title for title, members in _COLLECTIONS.items() if number in members), None)
    return spec


def _uhd_copy(rng: random.Random, original: MovieSpec) -> MovieSpec:
    return MovieSpec(
        title=original.title,
        year=original.year,
        tmdb_id=original.tmdb_id,
        size_bytes=int(rng.uniform(30, 45) * GB),
        age_days=rng.uniform(30, 900),
        ratings=original.ratings,
        genres=original.genres,
        profile_id=5,
    )


def _show(rng: random.Random, number: int) -> ShowSpec:
    spec = invent_show(rng, number, seasons=_SEASONS[number % len(_SEASONS)])
    spec.tags = ["keep"] if number in _KEPT_SHOWS else []
    for season in spec.seasons:
        season.size_bytes = int(rng.triangular(11, 40, 16) * GB) if season.number else 0
    return spec


def _scale(parts: list[MovieSpec | SeasonSpec]) -> None:
    """Bring the sizes to the library's sum, each at least the smallest, without changing their order."""
    above = [max(0, part.size_bytes - _SMALLEST) + GB // 2 for part in parts]
    factor = (_LIBRARY - _SMALLEST * len(parts)) / sum(above)
    for part, extra in zip(parts, above, strict=True):
        part.size_bytes = _SMALLEST + int(extra * factor)
