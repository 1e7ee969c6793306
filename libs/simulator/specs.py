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
    """A movie. Ids that are left out are given; `age_days` is the file's age, `path` follows the title.

    `original_title` is the title unless said otherwise.
    """

    title: str
    original_title: str | None = None
    also_known_as: list[str] = []
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
    also_known_as: list[str] = []
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


class AlbumSpec(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An album. `files` defaults to one per track, the age to the artist's."""

    title: str = "Album"
    tracks: int = 10
    files: int | None = None
    size_bytes: int = GB // 2
    age_days: float | None = None
    kind: str = "Album"
    id: int | None = None
    foreign_id: str | None = None
    monitored: bool = True


class ArtistSpec(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An artist with albums. Ids that are left out are given, `path` follows the name."""

    title: str
    albums: list[AlbumSpec] = msgspec.field(default_factory=lambda: [AlbumSpec()])
    age_days: float = 400.0
    id: int | None = None
    mb_id: str | None = None
    root: str | None = None
    path: str | None = None
    status: str = "continuing"
    monitored: bool = True
    tags: list[str] = []
    rating: float | None = 7.0
    genres: list[str] = []
    profile_id: int = 4
    omit: list[str] = []


class BookSpec(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A book. An author of the same name is the same author; what is said about one counts when it is made."""

    title: str
    author: str = "Nara Vell"
    year: int = 2015
    size_bytes: int = 5_000_000
    files: int = 1
    age_days: float = 400.0
    id: int | None = None
    foreign_id: str | None = None
    author_id: int | None = None
    author_foreign_id: str | None = None
    root: str | None = None
    monitored: bool = True
    tags: list[str] = []
    rating: float | None = 3.9
    genres: list[str] = []
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


def artist_spec(raw: dict[str, Any]) -> ArtistSpec:
    """Read an artist from JSON; `msgspec.ValidationError` names what is wrong."""
    return msgspec.convert(raw, ArtistSpec)


def book_spec(raw: dict[str, Any]) -> BookSpec:
    """Read a book from JSON; `msgspec.ValidationError` names what is wrong."""
    return msgspec.convert(raw, BookSpec)
