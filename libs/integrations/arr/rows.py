"""The rows all four *arr applications answer alike, with the fields that are used."""

from typing import Protocol

import msgspec

from libs.integrations.loose import Scalar


class Row(msgspec.Struct, rename="camel", gc=False):
    """The base of every row: camelCase outside, unknown fields ignored."""


class ItemRow(Protocol):
    """What the row of any movie, series, artist or book has."""

    @property
    def id(self) -> Scalar: ...

    @property
    def monitored(self) -> Scalar: ...


class StatusRow(Row):
    app_name: Scalar = None
    version: Scalar = None
    url_base: Scalar = None


class PingRow(Row):
    status: Scalar = None


class DiskRow(Row):
    path: Scalar = None
    free_space: Scalar = None
    total_space: Scalar = None


class RootFolderRow(Row):
    path: Scalar = None
    accessible: Scalar = None
    free_space: Scalar = None
    total_space: Scalar = None


class NamedRow(Row):
    """Quality profiles and languages."""

    id: Scalar = None
    name: Scalar = None


class TagRow(Row):
    id: Scalar = None
    label: Scalar = None


class HealthRow(Row):
    source: Scalar = None
    type: Scalar = None
    message: Scalar = None


class MediaManagementRow(Row):
    recycle_bin: Scalar = None
    recycle_bin_cleanup_days: Scalar = None
    auto_unmonitor_previously_downloaded_episodes: Scalar = None
    auto_unmonitor_previously_downloaded_movies: Scalar = None
    auto_unmonitor_previously_downloaded_tracks: Scalar = None
    auto_unmonitor_previously_downloaded_books: Scalar = None


class ImageRow(Row):
    cover_type: Scalar = None
    url: Scalar = None
    remote_url: Scalar = None


class LanguageRow(Row):
    name: Scalar = None
