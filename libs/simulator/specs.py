"""What a test, the control API or the generator says about an item to be made; everything has a likely default."""

from typing import Any

import msgspec

from libs.simulator.library import Ratings

GB = 1_000_000_000


class SeasonSpec(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A season. `aired` defaults to all episodes, `files` to one per aired episode, ages to the show's."""

    number: int = 1
    episodes: int = 10
    aired: int | None = None
    files: int | None = None
    size_bytes: int = 20 * GB
    age_days: float | None = None
    monitored: bool = True


class MovieSpec(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A movie. Ids that are left out are given; `age_days` is the file's age, `path` follows the title."""

    title: str
    year: int = 2015
    size_bytes: int = 10 * GB
    age_days: float = 400.0
    has_file: bool = True
    id: int | None = None
    tmdb_id: int | None = None
    imdb_id: str | None = None
    root: str | None = None
    path: str | None = None
    status: str = "released"
    monitored: bool = True
    tags: list[str] = []
    ratings: Ratings = Ratings(imdb=6.5, tmdb=6.4)
    genres: list[str] = []
    language_id: int = 1
    profile_id: int = 4
    certification: str = "PG-13"
    studio: str = ""
    runtime: int = 110
    collection: str | None = None
    collection_tmdb_id: int | None = None
    omit: list[str] = []


class ShowSpec(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A show with its seasons. Ids that are left out are given; `tmdb_id` 0 means the show has none."""

    title: str
    year: int = 2012
    status: str = "ended"
    seasons: list[SeasonSpec] = []
    age_days: float = 400.0
    id: int | None = None
    tvdb_id: int | None = None
    tmdb_id: int | None = None
    imdb_id: str | None = None
    root: str | None = None
    path: str | None = None
    monitored: bool = True
    tags: list[str] = []
    rating: float | None = 7.5
    genres: list[str] = []
    network: str = ""
    certification: str = "TV-14"
    language_id: int = 1
    profile_id: int = 4
    omit: list[str] = []


class DiskSpec(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A volume and the paths it is mounted under. The free space is what remains once everything is in place."""

    name: str = "media"
    mounts: list[str] = msgspec.field(default_factory=lambda: ["/data/media"])
    total_bytes: int = 2000 * GB
    free_bytes: int = 200 * GB


def movie_spec(raw: dict[str, Any]) -> MovieSpec:
    """Read a movie from JSON; `msgspec.ValidationError` names what is wrong."""
    return msgspec.convert(raw, MovieSpec)


def show_spec(raw: dict[str, Any]) -> ShowSpec:
    """Read a show from JSON; `msgspec.ValidationError` names what is wrong."""
    return msgspec.convert(raw, ShowSpec)
