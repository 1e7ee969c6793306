"""The little fixed world that the integration specification's samples share (integrations.md 0.3)."""

from datetime import datetime

from libs.common.domain.enums import IntegrationType
from libs.simulator.builders import BOOKS_ROOT, MOVIES_ROOT, MUSIC_ROOT, SHOWS_ROOT, add_disks
from libs.simulator.clock import SimClock
from libs.simulator.fixture_audience import invite_crew
from libs.simulator.library import Ratings
from libs.simulator.plant import plant_movie, plant_show
from libs.simulator.plant_artists import plant_artist
from libs.simulator.plant_books import plant_book
from libs.simulator.specs import AlbumSpec, ArtistSpec, BookSpec, DiskSpec, MovieSpec, SeasonSpec, ShowSpec
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
    original_title="Sonnendrift",
    also_known_as=["Dérive Solaire"],
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
    also_known_as=["Bergungslauf"],
    year=2011,
    tvdb_id=990002,
    tmdb_id=16320,
    imdb_id="tt9900002",
    age_days=500,
    seasons=[SeasonSpec(number=number, episodes=10, size_bytes=20_000_000_000) for number in (1, 2, 3)],
)

_BROWNCOATS = ArtistSpec(
    id=5,
    title="The Browncoats",
    mb_id="0d3b5a52-7a3e-4c7e-9d0e-1f6f3a2b9c10",
    age_days=790,
    rating=8.2,
    genres=["Folk"],
    albums=[
        AlbumSpec(
            id=9,
            title="Big Damn EP",
            kind="EP",
            size_bytes=419_430_400,
            age_days=789,
            foreign_id="7b6f2f7e-0000-4000-8000-000000000009",
        ),
        AlbumSpec(title="Out in the Black", tracks=12, files=10, size_bytes=419_430_400, age_days=700),
    ],
)
_HERO_OF_CANTON = BookSpec(
    id=41,
    title="The Hero of Canton",
    author="Jayne C",
    author_id=6,
    foreign_id="900100",
    author_foreign_id="900200",
    size_bytes=5_242_880,
    age_days=860,
    tags=["keep"],
    rating=4.2,
    genres=["adventure"],
)


def fixture_world(now: datetime) -> World:
    """Two movies, two shows, an artist, a book, the tags and ids of the samples."""
    world = World(SimClock(now), profile="fixture")
    mounts = add_disks(world, [_DISK])
    radarr = world.add_instance("radarr", IntegrationType.RADARR, roots=[MOVIES_ROOT], mounts=mounts)
    sonarr = world.add_instance("sonarr", IntegrationType.SONARR, roots=[SHOWS_ROOT], mounts=mounts)
    lidarr = world.add_instance("lidarr", IntegrationType.LIDARR, roots=[MUSIC_ROOT], mounts=mounts)
    readarr = world.add_instance("readarr", IntegrationType.READARR, roots=[BOOKS_ROOT], mounts=mounts)
    for instance in (radarr, sonarr, lidarr, readarr):
        instance.tags.update({2: "keep", 5: "kaylee"})
    radarr.next_file_id, sonarr.next_file_id, lidarr.next_file_id, readarr.next_file_id = 31, 901, 71, 55
    for movie in (_SERENITY, _SUNSHINE_DRIFT):
        plant_movie(world, radarr, movie, now)
    for show in (_FIREFLY, _SALVAGE_RUN):
        plant_show(world, sonarr, show, now)
    plant_artist(world, lidarr, _BROWNCOATS, now)
    plant_book(world, readarr, _HERO_OF_CANTON, now)
    invite_crew(world)
    return world
