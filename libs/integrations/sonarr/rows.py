"""Sonarr's rows, with the fields that are used."""

from libs.integrations.arr.rows import Row
from libs.integrations.arr.screen import ScreenRow
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


class SeriesRow(ScreenRow):
    status: Scalar = None
    tvdb_id: Scalar = None
    ratings: RatingsRow | None = None
    statistics: StatisticsRow | None = None
    seasons: list[SeasonRow] | SeasonRow | None = None


class EpisodeFileRow(Row):
    id: Scalar = None
    series_id: Scalar = None
    season_number: Scalar = None
    path: Scalar = None
    date_added: Scalar = None
