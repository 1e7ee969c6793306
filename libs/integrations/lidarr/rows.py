"""Lidarr's rows, with the fields that are used."""

from libs.integrations.arr.rows import ImageRow, Row
from libs.integrations.loose import Scalar


class StatisticsRow(Row):
    """Of an artist or an album."""

    track_file_count: Scalar = None
    size_on_disk: Scalar = None


class RatingsRow(Row):
    value: Scalar = None


class ArtistRow(Row):
    """`mb_id` mirrors `foreign_artist_id`."""

    id: Scalar = None
    artist_name: Scalar = None
    foreign_artist_id: Scalar = None
    mb_id: Scalar = None
    path: Scalar = None
    monitored: Scalar = None
    quality_profile_id: Scalar = None
    added: Scalar = None
    genres: list[Scalar] | Scalar = None
    tags: list[Scalar] | Scalar = None
    images: list[ImageRow] | ImageRow | None = None
    ratings: RatingsRow | None = None
    statistics: StatisticsRow | None = None


class AlbumRow(Row):
    id: Scalar = None
    artist_id: Scalar = None
    statistics: StatisticsRow | None = None


class TrackFileRow(Row):
    id: Scalar = None
    artist_id: Scalar = None
    path: Scalar = None
    date_added: Scalar = None
