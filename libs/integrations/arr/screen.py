"""What movies and series have in common: the fields of their rows, and the facts that are read from these."""

from typing import Any

from libs.integrations.arr.facts import Names, joined_genres, poster_url
from libs.integrations.arr.rows import ImageRow, LanguageRow, Row
from libs.integrations.loose import Scalar, imdb_id, moment, positive, several, text


class AlternateTitleRow(Row):
    title: Scalar = None


class ScreenRow(Row):
    """The base of Radarr's movies and Sonarr's series."""

    id: Scalar = None
    title: Scalar = None
    alternate_titles: list[AlternateTitleRow] | AlternateTitleRow | None = None
    year: Scalar = None
    path: Scalar = None
    monitored: Scalar = None
    quality_profile_id: Scalar = None
    tmdb_id: Scalar = None
    imdb_id: Scalar = None
    added: Scalar = None
    genres: list[Scalar] | Scalar = None
    tags: list[Scalar] | Scalar = None
    images: list[ImageRow] | ImageRow | None = None
    original_language: LanguageRow | None = None


def screen_facts(row: ScreenRow, names: Names) -> dict[str, Any]:
    """Fields of a `SourceItem`; a season has those of its show."""
    return {
        "year": positive(row.year),
        "poster_url": poster_url(row.images, names.site),
        "quality_profile": names.profile(row.quality_profile_id),
        "genre": joined_genres(row.genres),
        "tags": names.labels(row.tags),
        "language": None if row.original_language is None else text(row.original_language.name) or None,
        "tmdb_id": positive(row.tmdb_id),
        "imdb_id": imdb_id(row.imdb_id),
        "also_known_as": other_titles(row),
        "library_added_at": moment(row.added),
    }


def other_titles(row: ScreenRow, *more: Scalar) -> tuple[str, ...]:
    """Every other title it goes by, each once, in the order told; its own is left out."""
    told = [*more, *(each.title for each in several(row.alternate_titles))]
    found = dict.fromkeys(title for each in told if (title := text(each)))
    found.pop(text(row.title), None)
    return tuple(found)
