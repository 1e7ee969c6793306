"""The library that schedules are let loose on: small enough to be read in no time, large enough to need a clean-up."""

import random
from collections import defaultdict

from libs.simulator.builders import world_with
from libs.simulator.library import Ratings
from libs.simulator.specs import GB, DiskSpec, MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.world import World
from tests.chaos.schedules.aftermath import Library
from tests.chaos.schedules.audience import invite_audience

TOTAL_BYTES = 1000 * GB
_FREE_BYTES = 100 * GB
KEEP = "keep"
"""The tag that a rule protects from the beginning."""

_YOUNG_DAYS = 1.0
"""Younger than the minimum age even after all jumps of a schedule."""

_MOVIES = range(1, 41)
_COLLECTION_SIZES = (2, 2, 3, 3, 4)


def chaos_library(seed: int) -> World:
    """40 movies and 4 shows of 3 seasons on a disk that is 90 % full; some are young, some are tagged to be kept.

    Each season lacks an episode, so that a file may come. A third of the movies belong to collections.
    """
    dice = random.Random(f"library {seed}")
    collections = _dealt(random.Random(f"collections {seed}"))
    movies = [
        MovieSpec(
            title=f"Movie {number:02}",
            year=1980 + number,
            size_bytes=dice.randint(8, 24) * GB,
            age_days=_YOUNG_DAYS if number % 15 == 0 else dice.uniform(30, 900),
            ratings=Ratings(imdb=round(dice.uniform(3, 9), 1)),
            tags=[KEEP] if number % 10 == 7 else [],
            collection=collections.get(number),
        )
        for number in _MOVIES
    ]
    shows = [
        ShowSpec(
            title=f"Show {number}",
            status=dice.choice(("ended", "continuing")),
            age_days=dice.uniform(60, 900),
            seasons=[
                SeasonSpec(number=season, episodes=4, files=3, size_bytes=dice.randint(8, 20) * GB)
                for season in (1, 2, 3)
            ],
            tags=[KEEP] if number == 4 else [],
        )
        for number in range(1, 5)
    ]
    disks = [DiskSpec(total_bytes=TOTAL_BYTES, free_bytes=_FREE_BYTES)]
    world = world_with(movies=movies, shows=shows, disks=disks)
    invite_audience(world, random.Random(f"audience {seed}"))
    return world


def _dealt(dice: random.Random) -> dict[int, str]:
    """The collection of each movie that belongs to one, by the movie's number."""
    numbers = iter(dice.sample(_MOVIES, sum(_COLLECTION_SIZES)))
    return {next(numbers): f"Saga {saga}" for saga, size in enumerate(_COLLECTION_SIZES, start=1) for _ in range(size)}


def library_of(world: World) -> Library:
    """What a judge has to know about it."""
    radarr, sonarr = world.instances["radarr"], world.instances["sonarr"]
    movies = [movie for movie in radarr.movies.values() if movie.file is not None]
    kept = {("radarr", str(movie.id)) for movie in movies if movie.tags}
    for show in sonarr.shows.values():
        if show.tags:
            kept |= {("sonarr", str(show.id)), *(("sonarr", f"{show.id}-s{s.number}") for s in show.seasons)}
    young = {
        ("radarr", movie.file.id)
        for movie in movies
        if movie.file is not None and (world.clock.now() - movie.file.added_at).days <= _YOUNG_DAYS
    }
    collections: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for movie in movies:
        if movie.collection is not None:
            collections[movie.collection.title].add(("radarr", str(movie.id)))
    volume = world.disks.volumes["media"]
    return Library(
        total_bytes=volume.total_bytes,
        used_bytes=volume.total_bytes - volume.free_bytes,
        young_files=frozenset(young),
        kept=frozenset(kept),
        collections={name: frozenset(members) for name, members in collections.items()},
    )
