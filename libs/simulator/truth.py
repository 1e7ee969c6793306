"""What really exists, in no upstream's words: for tests that compare it with what the product believes."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from libs.simulator.library import Artist, Book, Movie, Season, Show
from libs.simulator.world import Instance, World


class TrueItem(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A movie, show, season, artist or book with its files.

    `added_at` is the newest file's time; `None` without files. Artists and books have no TMDb id, artists no year (0);
    `foreign_id` is an artist's MusicBrainz id or a book's at its own site. A book's path is its author's.
    """

    instance: str
    type: str
    id: int
    external_id: str
    title: str
    year: int
    season: int | None = None
    tmdb_id: int
    tvdb_id: int | None = None
    foreign_id: str | None = None
    path: str
    volume: str | None
    size_bytes: int
    files: int
    added_at: datetime | None
    monitored: bool
    tags: list[str]
    collection: str | None = None


def true_items(world: World, instance_key: str | None = None) -> Iterator[TrueItem]:
    """Every item of one instance or of all, also those without files."""
    for instance in world.instances.values():
        if instance_key in {None, instance.key}:
            yield from _items(instance, _Volumes(world, instance))


def _items(instance: Instance, volumes: "_Volumes") -> Iterator[TrueItem]:
    for movie in instance.movies.values():
        yield _movie(instance, movie, volumes.holding(movie.path))
    for show in instance.shows.values():
        volume = volumes.holding(show.path)
        yield _show(instance, show, None, volume)
        for season in show.seasons:
            yield _show(instance, show, season, volume)
    for artist in instance.artists.values():
        yield _artist(instance, artist, volumes.holding(artist.path))
    for book in instance.books.values():
        yield _book(instance, book, volumes.holding(instance.authors[book.author_id].path))


class _Volumes:
    """The volumes of an instance's folders; titles side by side share an answer, as there are many of them."""

    def __init__(self, world: World, instance: Instance) -> None:
        self._world = world
        self._instance = instance
        self._known: dict[str, str | None] = {}

    def holding(self, path: str) -> str | None:
        """The name of the volume below `path`, unless a mount is the very folder of a title."""
        folder = path.rpartition("/")[0]
        if folder not in self._known:
            volume = self._world.volume_at(self._instance, path)
            self._known[folder] = volume.name if volume else None
        return self._known[folder]


def _movie(instance: Instance, movie: Movie, volume: str | None) -> TrueItem:
    return TrueItem(
        instance=instance.key,
        type="movie",
        id=movie.id,
        external_id=str(movie.id),
        title=movie.title,
        year=movie.year,
        tmdb_id=movie.tmdb_id,
        path=movie.path,
        volume=volume,
        size_bytes=movie.size_bytes,
        files=1 if movie.file else 0,
        added_at=movie.file.added_at if movie.file else None,
        monitored=movie.monitored,
        tags=_labels(instance, movie.tags),
        collection=movie.collection.title if movie.collection else None,
    )


def _show(instance: Instance, show: Show, season: Season | None, volume: str | None) -> TrueItem:
    """The show itself, or one `season` of it."""
    files = show.files if season is None else season.files
    return TrueItem(
        instance=instance.key,
        type="show" if season is None else "season",
        id=show.id,
        external_id=str(show.id) if season is None else f"{show.id}-s{season.number}",
        title=show.title,
        year=show.year,
        season=None if season is None else season.number,
        tmdb_id=show.tmdb_id,
        tvdb_id=show.tvdb_id,
        path=show.path,
        volume=volume,
        size_bytes=sum(file.size_bytes for file in files),
        files=len(files),
        added_at=max((file.added_at for file in files), default=None),
        monitored=show.monitored if season is None else season.monitored,
        tags=_labels(instance, show.tags),
    )


def _artist(instance: Instance, artist: Artist, volume: str | None) -> TrueItem:
    return TrueItem(
        instance=instance.key,
        type="artist",
        id=artist.id,
        external_id=str(artist.id),
        title=artist.title,
        year=0,
        tmdb_id=0,
        foreign_id=artist.mb_id,
        path=artist.path,
        volume=volume,
        size_bytes=artist.size_bytes,
        files=len(artist.files),
        added_at=max((file.added_at for file in artist.files), default=None),
        monitored=artist.monitored,
        tags=_labels(instance, artist.tags),
    )


def _book(instance: Instance, book: Book, volume: str | None) -> TrueItem:
    author = instance.authors[book.author_id]
    return TrueItem(
        instance=instance.key,
        type="book",
        id=book.id,
        external_id=str(book.id),
        title=book.title,
        year=book.released_at.year,
        tmdb_id=0,
        foreign_id=book.foreign_id,
        path=author.path,
        volume=volume,
        size_bytes=book.size_bytes,
        files=len(book.files),
        added_at=max((file.added_at for file in book.files), default=None),
        monitored=book.monitored,
        tags=_labels(instance, author.tags),
    )


def _labels(instance: Instance, tags: tuple[int, ...]) -> list[str]:
    return [instance.tags[tag] for tag in tags if tag in instance.tags]
