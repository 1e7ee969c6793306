"""Sonarr's rows, with the fields that are used."""

from libs.integrations.arr.rows import ImageRow, LanguageRow, Row
from libs.integrations.loose import Scalar


class StatisticsRow(Row):
    """Of a series or of a season."""

    episode_file_count: Scalar = None
    size_on_disk: Scalar = None


class SeasonRow(Row):
    season_number: Scalar = None
    monitored: Scalar = None
    statistics: StatisticsRow | None = None


class RatingsRow(Row):
    value: Scalar = None


class SeriesRow(Row):
    id: Scalar = None
    title: Scalar = None
    year: Scalar = None
    status: Scalar = None
    path: Scalar = None
    monitored: Scalar = None
    quality_profile_id: Scalar = None
    tvdb_id: Scalar = None
    tmdb_id: Scalar = None
    imdb_id: Scalar = None
    added: Scalar = None
    genres: list[Scalar] | Scalar = None
    tags: list[Scalar] | Scalar = None
    images: list[ImageRow] | ImageRow | None = None
    original_language: LanguageRow | None = None
    ratings: RatingsRow | None = None
    statistics: StatisticsRow | None = None
    seasons: list[SeasonRow] | SeasonRow | None = None


class EpisodeFileRow(Row):
    id: Scalar = None
    series_id: Scalar = None
    season_number: Scalar = None
    path: Scalar = None
    date_added: Scalar = None
