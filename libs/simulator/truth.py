"""What really exists, in no upstream's words: for tests that compare it with what the product believes."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from libs.simulator.library import Movie, Season, Show
from libs.simulator.world import Instance, World


class TrueItem(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A movie, show or season with its files. `added_at` is the newest file's time; `None` without files."""

    instance: str
    type: str
    id: int
    external_id: str
    title: str
    year: int
    season: int | None = None
    tmdb_id: int
    tvdb_id: int | None = None
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
            for movie in instance.movies.values():
                yield _movie(world, instance, movie)
            for show in instance.shows.values():
                yield _show(world, instance, show, show.seasons, None)
                for season in show.seasons:
                    yield _show(world, instance, show, [season], season)


def _movie(world: World, instance: Instance, movie: Movie) -> TrueItem:
    return TrueItem(
        instance=instance.key,
        type="movie",
        id=movie.id,
        external_id=str(movie.id),
        title=movie.title,
        year=movie.year,
        tmdb_id=movie.tmdb_id,
        path=movie.path,
        volume=_volume(world, instance, movie.path),
        size_bytes=movie.size_bytes,
        files=1 if movie.file else 0,
        added_at=movie.file.added_at if movie.file else None,
        monitored=movie.monitored,
        tags=[instance.tags[tag] for tag in movie.tags if tag in instance.tags],
        collection=movie.collection.title if movie.collection else None,
    )


def _show(world: World, instance: Instance, show: Show, seasons: list[Season], season: Season | None) -> TrueItem:
    files = [file for each in seasons for file in each.files]
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
        volume=_volume(world, instance, show.path),
        size_bytes=sum(file.size_bytes for file in files),
        files=len(files),
        added_at=max((file.added_at for file in files), default=None),
        monitored=show.monitored if season is None else season.monitored,
        tags=[instance.tags[tag] for tag in show.tags if tag in instance.tags],
    )


def _volume(world: World, instance: Instance, path: str) -> str | None:
    volume = world.volume_at(instance, path)
    return volume.name if volume else None
