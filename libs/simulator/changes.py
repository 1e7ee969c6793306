"""Every change an upstream call makes to the world, and what it did: the effect that the ledger keeps."""

from collections.abc import Collection, Iterable

import msgspec

from libs.simulator.library import Album, Artist, Author, Book, EpisodeFile, Movie, Show, Tagged
from libs.simulator.world import Exclusion, Instance, World


class Effect(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What really happened. `freed_bytes` counts bytes that left the item's volume, so 0 with a recycle bin on it."""

    kind: str
    id: int
    title: str = ""
    season: int | None = None
    freed_bytes: int = 0
    files: int = 0
    file_ids: tuple[int, ...] = ()
    path: str = ""
    detail: str = ""


def delete_movie(world: World, instance: Instance, movie: Movie, *, with_files: bool) -> Effect:
    """Forget a movie, and its folder too unless that is kept, shared, or the root folder itself."""
    gone = movie.file if with_files and not is_shared(movie, instance.movies.values(), instance) else None
    freed = remove_bytes(world, instance, movie.path, gone.size_bytes) if gone else 0
    del instance.movies[movie.id]
    return Effect(
        kind="movie_deleted",
        id=movie.id,
        title=movie.title,
        freed_bytes=freed,
        files=1 if gone else 0,
        file_ids=(gone.id,) if gone else (),
        path=movie.path,
    )


def delete_show(world: World, instance: Instance, show: Show, *, with_files: bool) -> Effect:
    """Forget a series, and its folder too unless that is kept, shared, or the root folder itself."""
    gone = show.files if with_files and not is_shared(show, instance.shows.values(), instance) else []
    freed = remove_bytes(world, instance, show.path, sum(file.size_bytes for file in gone))
    del instance.shows[show.id]
    return Effect(
        kind="series_deleted",
        id=show.id,
        title=show.title,
        freed_bytes=freed,
        files=len(gone),
        file_ids=tuple(file.id for file in gone),
        path=show.path,
    )


def delete_episode_files(world: World, instance: Instance, show: Show, wanted: Collection[int]) -> list[Effect]:
    """Delete these files of a show; one effect per season that lost some. Monitoring stays unless set otherwise."""
    effects = []
    for season in show.seasons:
        gone = [file for file in season.files if file.id in wanted]
        if not gone:
            continue
        season.files = [file for file in season.files if file.id not in wanted]
        if instance.settings.auto_unmonitor:
            season.unmonitored |= {number for file in gone for number in range(file.first, file.last + 1)}
        effects.append(_files_deleted(world, instance, show, season.number, gone))
    show.revision += 1
    return effects


def _files_deleted(world: World, instance: Instance, show: Show, season: int, gone: list[EpisodeFile]) -> Effect:
    return Effect(
        kind="episode_files_deleted",
        id=show.id,
        title=show.title,
        season=season,
        freed_bytes=remove_bytes(world, instance, show.path, sum(file.size_bytes for file in gone)),
        files=len(gone),
        file_ids=tuple(file.id for file in gone),
        path=show.path,
    )


def delete_movie_file(world: World, instance: Instance, movie: Movie) -> Effect:
    """Delete a movie's file; the movie itself stays, and stays monitored unless the owner set otherwise."""
    gone, movie.file = movie.file, None
    movie.revision += 1
    if instance.settings.auto_unmonitor:
        movie.monitored = False
    if gone is None:
        return Effect(kind="movie_file_deleted", id=movie.id, title=movie.title)
    freed = remove_bytes(world, instance, movie.path, gone.size_bytes)
    return Effect(
        kind="movie_file_deleted",
        id=movie.id,
        title=movie.title,
        freed_bytes=freed,
        files=1,
        file_ids=(gone.id,),
        path=movie.path,
    )


def set_monitored(item: Movie | Show | Artist | Author | Book, *, monitored: bool) -> list[Effect]:
    """Set a title's own flag; no effect when it stands like that already."""
    if item.monitored == monitored:
        return []
    item.monitored = monitored
    item.revision += 1
    return [Effect(kind="monitor_changed", id=item.id, title=item.title, detail=_flag(monitored=monitored))]


def set_album_monitored(artist: Artist, album: Album, *, monitored: bool) -> list[Effect]:
    """Set an album's flag; no effect when it stands like that already."""
    if album.monitored == monitored:
        return []
    album.monitored = monitored
    detail = f"album {album.id} {_flag(monitored=monitored)}"
    return [Effect(kind="monitor_changed", id=artist.id, title=album.title, detail=detail)]


def set_season_monitored(show: Show, number: int, *, monitored: bool) -> list[Effect]:
    """Set one season's flag and its episodes'; no effect when it stands like that or the show has no such season."""
    season = show.season(number)
    if season is None or season.monitored == monitored:
        return []
    season.follow(monitored=monitored)
    show.revision += 1
    detail = _flag(monitored=monitored)
    return [Effect(kind="monitor_changed", id=show.id, title=show.title, season=number, detail=detail)]


def set_tags(instance: Instance, item: Tagged, wanted: Iterable[int]) -> list[Effect]:
    """Replace an item's tags; one effect per tag that came or went."""
    before, after = set(item.tags), set(wanted)
    item.tags = tuple(sorted(after))
    item.revision += 1
    came = [Effect(kind="tag_added", id=item.id, title=item.title, detail=_label(instance, t)) for t in after - before]
    went = [
        Effect(kind="tag_removed", id=item.id, title=item.title, detail=_label(instance, t)) for t in before - after
    ]
    return came + went


def exclude(instance: Instance, outside_id: int | str, title: str, year: int = 0) -> list[Effect]:
    """Put a title on the exclusion list; one that is there already is no error and no effect."""
    if any(row.outside_id == outside_id for row in instance.exclusions.values()):
        return []
    number = max(instance.exclusions, default=0) + 1
    instance.exclusions[number] = Exclusion(number, outside_id, title, year)
    return [exclusion_effect("exclusion_added", instance.exclusions[number])]


def exclusion_effect(kind: str, row: Exclusion) -> Effect:
    """A number from outside is the effect's id; a text from outside its detail."""
    if isinstance(row.outside_id, int):
        return Effect(kind=kind, id=row.outside_id, title=row.title)
    return Effect(kind=kind, id=row.id, title=row.title, detail=row.outside_id)


def remove_bytes(world: World, instance: Instance, path: str, size_bytes: int) -> int:
    """Take files off their volume, or move them to the recycle bin's; answers what the item's volume gained."""
    home = world.volume_at(instance, path)
    bin_path = instance.settings.recycle_bin
    bin_volume = world.volume_at(instance, bin_path) if bin_path else None
    if home is None or (bin_volume is not None and bin_volume.name == home.name):
        return 0
    home.release(size_bytes)
    if bin_volume is not None:
        bin_volume.take(size_bytes)
    return size_bytes


def is_shared(item: Tagged, others: Iterable[Tagged], instance: Instance) -> bool:
    """Whether removing the folder would take another title or a root folder along: then it is silently skipped."""
    inside = f"{item.path}/"
    if any(root.path == item.path or root.path.startswith(inside) for root in instance.roots):
        return True
    return any(other is not item and (other.path == item.path or other.path.startswith(inside)) for other in others)


def _flag(*, monitored: bool) -> str:
    return "monitored" if monitored else "unmonitored"


def _label(instance: Instance, tag: int) -> str:
    return instance.tags.get(tag, str(tag))
