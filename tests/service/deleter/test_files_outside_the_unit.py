"""Whatever is deleted takes its own files and nothing else; folders are for the upstream to remove (S-04)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from libs.simulator.builders import install_music_and_books, world_with
from libs.simulator.disks import Mount
from libs.simulator.library import EpisodeFile, MovieFile, StoredFile
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import GB, AlbumSpec, ArtistSpec, BookSpec, DiskSpec, MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.world import Instance, World
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service

Files = dict[tuple[str, str, int], int]
"""Instance key, external id of the smallest unit that holds it, and file id; to its size in bytes."""


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """The folder that the upstreams name: here it really exists, with things in it that nobody manages."""
    for folder in ("movies/Movie 1 (2015)", "tv/Long/Season 01", "tv/Long/Season 02", "tv/Short/Season 01"):
        (tmp_path / "media" / folder).mkdir(parents=True)
        (tmp_path / "media" / folder / "unmanaged.txt").write_text(folder)
    return tmp_path / "media"


@pytest.fixture
def server(media: Path) -> Iterator[SimulatorServer]:
    """Two of everything, and a show of which only one season is left."""
    movies = [MovieSpec(title=f"Movie {number}", size_bytes=20 * GB) for number in (1, 2)]
    shows = [
        ShowSpec(title="Long", path=f"{media}/tv/Long", seasons=[SeasonSpec(number=n, episodes=4) for n in (1, 2, 3)]),
        ShowSpec(title="Short", path=f"{media}/tv/Short", seasons=[SeasonSpec(number=1, episodes=4)]),
    ]
    world = world_with(
        movies=movies,
        shows=shows,
        disks=[DiskSpec(mounts=[str(media)])],
        movie_roots=[f"{media}/movies"],
        show_roots=[f"{media}/tv"],
    )
    artists = [ArtistSpec(title=name, albums=[AlbumSpec(size_bytes=GB)]) for name in ("First Band", "Second Band")]
    books = [BookSpec(title=title, author="Ann Orr", size_bytes=GB // 10) for title in ("One", "Two")]
    install_music_and_books(world, [Mount(str(media), "media", "media")], artists=artists, books=books)
    with SimulatorServer(world) as running:
        yield running


def _files(world: World) -> Files:
    """Every file in the world."""
    return {
        (key, unit, file.id): file.size_bytes
        for key, instance in world.instances.items()
        for unit, files in _units(instance)
        for file in files
    }


def _units(instance: Instance) -> Iterator[tuple[str, Sequence[MovieFile | EpisodeFile | StoredFile]]]:
    """The smallest units that can be deleted, by external id, and the files of each."""
    for movie in instance.movies.values():
        yield str(movie.id), [movie.file] if movie.file else []
    for show in instance.shows.values():
        for season in show.seasons:
            yield f"{show.id}-s{season.number}", season.files
    for artist in instance.artists.values():
        yield str(artist.id), artist.files
    for book in instance.books.values():
        yield str(book.id), book.files


def _tree(folder: Path) -> dict[Path, bytes | None]:
    """Everything below a folder, with the content of its files."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("key", "external_id", "units"),
    [
        pytest.param("radarr", "1", {"1"}, id="movie"),
        pytest.param("sonarr", "1-s2", {"1-s2"}, id="season"),
        pytest.param("sonarr", "2-s1", {"2-s1"}, id="last-season"),
        pytest.param("sonarr", "1", {"1-s1", "1-s2", "1-s3"}, id="show"),
        pytest.param("lidarr", "1", {"1"}, id="artist"),
        pytest.param("readarr", "1", {"1"}, id="book"),
    ],
)
async def test_S04_files_outside_the_unit_stay(
    town: Town, media: Path, key: str, external_id: str, units: set[str]
) -> None:
    before, on_disk = _files(town.server.world), _tree(media)
    outside = {at: size for at, size in before.items() if not (at[0] == key and at[1] in units)}
    await town.owner.enqueue(await town.job(key, external_id))

    await town.drain()

    assert town.deleted == [(key, external_id)]
    assert len(outside) < len(before)
    assert _files(town.server.world) == outside
    assert _tree(media) == on_disk, "what the upstreams name is theirs to remove, also where we could reach it"


async def test_S04_show_whose_last_season_goes_keeps_its_place(town: Town) -> None:
    await town.owner.enqueue(await town.job("sonarr", "2-s1"))

    await town.drain()

    assert [call.path for call in town.calls] == ["/api/v3/episodefile/bulk"]
    assert town.server.world.instances["sonarr"].shows[2].title == "Short"
