"""Jellystat's rows, with the fields that are used. Big numbers come as text."""

import msgspec

from libs.integrations.loose import Scalar

NULL = msgspec.Raw(b"null")


class Row(msgspec.Struct, rename="pascal", gc=False):
    """The base of every row: PascalCase outside, unknown fields ignored."""


class LibraryRow(Row):
    id: Scalar = None
    server_id: Scalar = None
    archived: Scalar = msgspec.field(default=None, name="archived")


class ConfigRow(msgspec.Struct, gc=False):
    """`settings` is whatever the owner has set."""

    host: Scalar = msgspec.field(default=None, name="JF_HOST")
    is_jellyfin: Scalar = msgspec.field(default=None, name="IS_JELLYFIN")
    settings: msgspec.Raw = NULL


class SettingsRow(Row):
    """What it was told to leave out."""

    excluded_users: list[Scalar] | None = None
    excluded_libraries: list[Scalar] | None = None


class UserRow(Row):
    user_id: Scalar = None
    user_name: Scalar = None
    total_plays: Scalar = None


class Table(msgspec.Struct, gc=False):
    """One page. `size` is how many rows a full page has; it may be less than was asked for."""

    pages: Scalar = None
    size: Scalar = None
    results: list[msgspec.Raw] | None = None


class InnerRow(Row):
    """One play inside of a grouped row."""

    playback_duration: Scalar = None


class PlayRow(Row):
    """One play, or in grouped lists the newest of several.

    For episodes `now_playing_item_id` is the show. `season_number` is in some lists only, `total_plays` and `results`
    are in grouped ones and empty for movies. `playback_duration` is in seconds.
    """

    id: Scalar = None
    user_id: Scalar = None
    now_playing_item_id: Scalar = None
    now_playing_item_name: Scalar = None
    season_id: Scalar = None
    series_name: Scalar = None
    episode_id: Scalar = None
    season_number: Scalar = None
    playback_duration: Scalar = None
    activity_date_inserted: Scalar = None
    total_plays: Scalar = None
    imported: Scalar = msgspec.field(default=None, name="imported")
    results: list[InnerRow] | None = msgspec.field(default=None, name="results")
