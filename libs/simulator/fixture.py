"""The little fixed world that the integration specification's samples share (integrations.md 0.3)."""

from datetime import datetime

from libs.common.domain.enums import IntegrationType
from libs.simulator.builders import MOVIES_ROOT, SHOWS_ROOT, add_disks
from libs.simulator.clock import SimClock
from libs.simulator.library import Ratings
from libs.simulator.plant import plant_movie, plant_show
from libs.simulator.specs import DiskSpec, MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.world import World

_DISK = DiskSpec(total_bytes=8_001_563_222_016, free_bytes=412_316_860_416)
_SERENITY = MovieSpec(
    id=12,
    title="Serenity",
    year=2005,
    tmdb_id=16320,
    imdb_id="tt0379786",
    size_bytes=15_032_385_536,
    age_days=600,
    tags=["keep"],
    ratings=Ratings(imdb=7.8, tmdb=7.4, metacritic=74, rotten_tomatoes=82, trakt=7.7),
    genres=["Science Fiction", "Action"],
    studio="Universal",
    runtime=119,
    collection="Serenity Collection",
    collection_tmdb_id=870001,
)
_SUNSHINE_DRIFT = MovieSpec(
    id=13,
    title="Sunshine Drift",
    year=2019,
    tmdb_id=900001,
    imdb_id="tt9900001",
    size_bytes=8_589_934_592,
    age_days=300,
)
_FIREFLY = ShowSpec(
    id=7,
    title="Firefly",
    year=2002,
    tvdb_id=78874,
    tmdb_id=1437,
    imdb_id="tt0303461",
    age_days=630,
    tags=["keep"],
    rating=8.9,
    genres=["Drama", "Science Fiction"],
    network="FOX",
    seasons=[
        SeasonSpec(number=0, episodes=3, aired=0, files=0, monitored=False),
        SeasonSpec(number=1, episodes=14, size_bytes=32_212_254_720),
    ],
)
# Its TMDb number as a show is Serenity's as a movie: two number spaces, one number.
_SALVAGE_RUN = ShowSpec(
    id=8,
    title="Salvage Run",
    year=2011,
    tvdb_id=990002,
    tmdb_id=16320,
    imdb_id="tt9900002",
    age_days=500,
    seasons=[SeasonSpec(number=number, episodes=10, size_bytes=20_000_000_000) for number in (1, 2, 3)],
)


def fixture_world(now: datetime) -> World:
    """Two movies, two shows, the tags and ids of the samples."""
    world = World(SimClock(now), profile="fixture")
    mounts = add_disks(world, [_DISK])
    radarr = world.add_instance("radarr", IntegrationType.RADARR, roots=[MOVIES_ROOT], mounts=mounts)
    sonarr = world.add_instance("sonarr", IntegrationType.SONARR, roots=[SHOWS_ROOT], mounts=mounts)
    for instance in (radarr, sonarr):
        instance.tags.update({2: "keep", 5: "kaylee"})
    radarr.next_file_id, sonarr.next_file_id = 31, 901
    for movie in (_SERENITY, _SUNSHINE_DRIFT):
        plant_movie(world, radarr, movie, now)
    for show in (_FIREFLY, _SALVAGE_RUN):
        plant_show(world, sonarr, show, now)
    return world
