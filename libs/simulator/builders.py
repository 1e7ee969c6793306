"""Small worlds for tests: say what exists, get the world."""

from collections.abc import Sequence
from datetime import datetime

from libs.common.domain.enums import IntegrationType
from libs.simulator.clock import SimClock
from libs.simulator.disks import Mount, Volume
from libs.simulator.plant import plant_movie, plant_show
from libs.simulator.plant_artists import plant_artist
from libs.simulator.plant_books import plant_book
from libs.simulator.specs import GB, ArtistSpec, BookSpec, DiskSpec, MovieSpec, ShowSpec
from libs.simulator.world import Instance, World

OVERLAY = Volume("overlay", 250 * GB, 120 * GB)
MOVIES_ROOT = "/data/media/movies"
SHOWS_ROOT = "/data/media/tv"
MUSIC_ROOT = "/data/media/music"
BOOKS_ROOT = "/data/media/books"


def world_with(
    *,
    movies: Sequence[MovieSpec] = (),
    shows: Sequence[ShowSpec] = (),
    disks: Sequence[DiskSpec] = (),
    movie_roots: Sequence[str] = (MOVIES_ROOT,),
    show_roots: Sequence[str] = (SHOWS_ROOT,),
    now: datetime | None = None,
) -> World:
    """A Radarr at `/radarr` and a Sonarr at `/sonarr` with exactly these items; one disk of 2 TB, 90 % full."""
    world = World(SimClock(now))
    mounts = add_disks(world, disks or [DiskSpec()])
    radarr = world.add_instance("radarr", IntegrationType.RADARR, roots=movie_roots, mounts=mounts)
    sonarr = world.add_instance("sonarr", IntegrationType.SONARR, roots=show_roots, mounts=mounts)
    fill(world, radarr, movies=movies)
    fill(world, sonarr, shows=shows)
    return world


def install_music_and_books(
    world: World, mounts: Sequence[Mount], *, artists: Sequence[ArtistSpec] = (), books: Sequence[BookSpec] = ()
) -> None:
    """A Lidarr at `/lidarr` and a Readarr at `/readarr` with exactly these items; free space stays as it is."""
    lidarr = world.add_instance("lidarr", IntegrationType.LIDARR, roots=[MUSIC_ROOT], mounts=mounts)
    readarr = world.add_instance("readarr", IntegrationType.READARR, roots=[BOOKS_ROOT], mounts=mounts)
    now = world.clock.now()
    for artist in artists:
        plant_artist(world, lidarr, artist, now)
    for book in books:
        plant_book(world, readarr, book, now)


def add_disks(world: World, disks: Sequence[DiskSpec]) -> list[Mount]:
    """Make the volumes and a container's own `/` and `/config`; answers the mounts an instance in it sees."""
    world.disks.add(Volume(OVERLAY.name, OVERLAY.total_bytes, OVERLAY.free_bytes))
    mounts = [Mount("/", OVERLAY.name), Mount("/config", OVERLAY.name)]
    for disk in disks:
        world.disks.add(Volume(disk.name, disk.total_bytes, disk.free_bytes))
        mounts += [Mount(path, disk.name, disk.name) for path in disk.mounts]
    return mounts


def fill(world: World, instance: Instance, *, movies: Sequence[MovieSpec] = (), shows: Sequence[ShowSpec] = ()) -> None:
    """Add items to an instance as they stand; free space stays as it was given."""
    now = world.clock.now()
    for movie in movies:
        plant_movie(world, instance, movie, now)
    for show in shows:
        plant_show(world, instance, show, now)
