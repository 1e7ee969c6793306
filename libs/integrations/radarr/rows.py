"""Radarr's rows, with the fields that are used."""

from libs.integrations.arr.rows import Row
from libs.integrations.arr.screen import ScreenRow
from libs.integrations.loose import Scalar


class RatingRow(Row):
    value: Scalar = None


class RatingsRow(Row):
    imdb: RatingRow | None = None
    tmdb: RatingRow | None = None
    trakt: RatingRow | None = None
    metacritic: RatingRow | None = None
    rotten_tomatoes: RatingRow | None = None


class MovieFileRow(Row):
    id: Scalar = None
    size: Scalar = None
    date_added: Scalar = None


class CollectionRow(Row):
    """`title` since the end of 2023, `name` before."""

    title: Scalar = None
    name: Scalar = None
    tmdb_id: Scalar = None


class StatisticsRow(Row):
    size_on_disk: Scalar = None


class MovieRow(ScreenRow):
    original_title: Scalar = None
    has_file: Scalar = None
    movie_file_id: Scalar = None
    size_on_disk: Scalar = None
    ratings: RatingsRow | None = None
    movie_file: MovieFileRow | None = None
    collection: CollectionRow | None = None
    statistics: StatisticsRow | None = None
