"""How a specification becomes a movie, a show or more files of a season in an instance. Disks are not touched here."""

from collections.abc import Container
from datetime import datetime, timedelta

from libs.common.domain.enums import IntegrationType
from libs.simulator.library import HD, UHD, CollectionRef, EpisodeFile, Movie, MovieFile, Season, Show
from libs.simulator.specs import MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.world import Collection, CollectionMember, Instance, World

_ULTRA_HD = 5
_EPISODE_GAP = timedelta(days=7)


class CannotPlantError(ValueError):
    """The item does not fit: wrong kind of instance, an id in use, or a root folder that is not there."""


def plant_movie(world: World, instance: Instance, spec: MovieSpec, now: datetime) -> Movie:
    """Add a movie. Raises `CannotPlantError`."""
    require_free(instance, IntegrationType.RADARR, spec.id, taken=instance.movies)
    root = root_for(instance, spec.root)
    added = whole_second(now - timedelta(days=spec.age_days))
    tmdb_id = spec.tmdb_id if spec.tmdb_id is not None else world.take_outside_id()
    folder = f"{spec.title} ({spec.year})"
    movie = Movie(
        id=instance.take_id(spec.id),
        title=spec.title,
        year=spec.year,
        tmdb_id=tmdb_id,
        imdb_id=spec.imdb_id if spec.imdb_id is not None else f"tt{tmdb_id:07d}",
        path=spec.path or f"{root}/{folder}",
        root=root,
        added_at=added - timedelta(hours=1),
        status=spec.status,
        runtime=spec.runtime,
        genres=tuple(spec.genres),
        certification=spec.certification,
        studio=spec.studio,
        language_id=spec.language_id,
        profile_id=spec.profile_id,
        monitored=spec.monitored,
        tags=tuple(instance.tag_id(label) for label in spec.tags),
        ratings=spec.ratings,
        original_title=spec.original_title or spec.title,
        also_known_as=tuple(spec.also_known_as),
        omit=tuple(spec.omit),
    )
    if spec.has_file:
        quality = UHD if spec.profile_id == _ULTRA_HD else HD
        movie.file = MovieFile(instance.take_file_id(), spec.size_bytes, added, f"{folder}.mkv", quality)
    if spec.collection:
        movie.collection = _join_collection(instance, movie, spec.collection, spec.collection_tmdb_id)
    instance.movies[movie.id] = movie
    return movie


def plant_show(world: World, instance: Instance, spec: ShowSpec, now: datetime) -> Show:
    """Add a show with its seasons and files. Raises `CannotPlantError`."""
    require_free(instance, IntegrationType.SONARR, spec.id, taken=instance.shows)
    root = root_for(instance, spec.root)
    tvdb_id = spec.tvdb_id if spec.tvdb_id is not None else world.take_outside_id()
    show = Show(
        id=instance.take_id(spec.id),
        title=spec.title,
        year=spec.year,
        tvdb_id=tvdb_id,
        tmdb_id=spec.tmdb_id if spec.tmdb_id is not None else world.take_outside_id(),
        imdb_id=spec.imdb_id if spec.imdb_id is not None else f"tt{tvdb_id:07d}",
        path=spec.path or f"{root}/{spec.title}",
        root=root,
        added_at=whole_second(now - timedelta(days=spec.age_days, hours=1)),
        seasons=[],
        status=spec.status,
        network=spec.network,
        genres=tuple(spec.genres),
        certification=spec.certification,
        language_id=spec.language_id,
        profile_id=spec.profile_id,
        monitored=spec.monitored,
        tags=tuple(instance.tag_id(label) for label in spec.tags),
        rating=spec.rating,
        also_known_as=tuple(spec.also_known_as),
        quality=UHD if spec.profile_id == _ULTRA_HD else HD,
        omit=tuple(spec.omit),
    )
    for season in spec.seasons:
        plant_season(instance, show, season, now - timedelta(days=season.age_days or spec.age_days))
    instance.shows[show.id] = show
    return show


def plant_season(instance: Instance, show: Show, spec: SeasonSpec, added_at: datetime) -> Season:
    """Add a season, or, where it exists, give it new files for the episodes that have none."""
    season = show.season(spec.number)
    if season is None:
        aired = spec.episodes if spec.aired is None else spec.aired
        first_air = added_at - _EPISODE_GAP * (aired + 1)
        season = Season(number=spec.number, episodes=spec.episodes, aired=aired, first_air=whole_second(first_air))
        show.seasons.append(season)
        show.seasons.sort(key=lambda each: each.number)
    if not spec.monitored:
        season.follow(monitored=False)
    held = {number for file in season.files for number in range(file.first, file.last + 1)}
    missing = [number for number in range(1, season.aired + 1) if number not in held]
    numbers = missing if spec.files is None else missing[: spec.files]
    sizes = split_evenly(spec.size_bytes, len(numbers))
    stamp = whole_second(added_at)
    season.files += [
        EpisodeFile(instance.take_file_id(), n, n, size, stamp) for n, size in zip(numbers, sizes, strict=True)
    ]
    show.revision += 1
    return season


def require_free(instance: Instance, kind: IntegrationType, wanted: int | None, *, taken: Container[int]) -> None:
    """Raise `CannotPlantError` unless the instance is of that kind and the id is free."""
    if instance.kind is not kind:
        raise CannotPlantError(f"{instance.key} is no {kind.value}")
    if wanted in taken:
        raise CannotPlantError(f"{instance.key} already has an item {wanted}")


def root_for(instance: Instance, wanted: str | None) -> str:
    """The root folder that is wanted, else the first. Raises `CannotPlantError`."""
    if wanted is None:
        return instance.roots[0].path
    if instance.root_of(wanted) is None:
        raise CannotPlantError(f"{instance.key} has no root folder {wanted}")
    return wanted


def _join_collection(instance: Instance, movie: Movie, title: str, tmdb_id: int | None) -> CollectionRef:
    known = next((each for each in instance.collections.values() if each.title == title), None)
    if known is None:
        number = max(instance.collections, default=0) + 1
        known = Collection(number, title, tmdb_id or 5_000_000 + number, movie.root)
        instance.collections[number] = known
    if all(member.tmdb_id != movie.tmdb_id for member in known.members):
        known.members.append(CollectionMember(movie.tmdb_id, movie.title, movie.year))
    return CollectionRef(known.title, known.tmdb_id)


def split_evenly(size_bytes: int, parts: int) -> list[int]:
    """Near-equal shares that add up exactly; the first one takes the rest."""
    if parts == 0:
        return []
    share, rest = divmod(size_bytes, parts)
    return [share + rest, *[share] * (parts - 1)]


def whole_second(moment: datetime) -> datetime:
    """The moment as upstreams keep it."""
    return moment.replace(microsecond=0)
