"""Readarr's rows, with the fields that are used. A book has no size, path, tags or profile of its own."""

from libs.integrations.arr.rows import ImageRow, Row
from libs.integrations.loose import Scalar


class StatisticsRow(Row):
    book_file_count: Scalar = None
    size_on_disk: Scalar = None


class RatingsRow(Row):
    """`value` is 0 to 5."""

    value: Scalar = None


class BookRow(Row):
    id: Scalar = None
    title: Scalar = None
    author_id: Scalar = None
    foreign_book_id: Scalar = None
    monitored: Scalar = None
    release_date: Scalar = None
    added: Scalar = None
    remote_cover: Scalar = None
    genres: list[Scalar] | Scalar = None
    images: list[ImageRow] | ImageRow | None = None
    ratings: RatingsRow | None = None
    statistics: StatisticsRow | None = None


class AuthorRow(Row):
    id: Scalar = None
    path: Scalar = None
    quality_profile_id: Scalar = None
    tags: list[Scalar] | Scalar = None


class BookFileRow(Row):
    id: Scalar = None
    book_id: Scalar = None
    path: Scalar = None
    date_added: Scalar = None
