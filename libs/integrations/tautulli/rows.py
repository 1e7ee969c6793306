"""Tautulli's answers, with the fields that are used. Ids come as numbers, as text or empty."""

import msgspec

from libs.integrations.loose import Scalar

NULL = msgspec.Raw(b"null")


class Row(msgspec.Struct, gc=False):
    """The base of every row: unknown fields ignored."""


class Answer(Row):
    """`data` is an empty object or list when the result is an error."""

    result: Scalar = None
    message: Scalar = None
    data: msgspec.Raw = NULL


class Envelope(Row):
    response: Answer | None = None


class AboutRow(Row):
    tautulli_version: Scalar = None


class ServerRow(Row):
    pms_identifier: Scalar = None
    pms_name: Scalar = None


class UserRow(Row):
    user_id: Scalar = None
    username: Scalar = None
    friendly_name: Scalar = None
    email: Scalar = None
    keep_history: Scalar = None


class HistoryTable(Row):
    """One page. `records_filtered` rows fit the question, `records_total` exist."""

    records_filtered: Scalar = msgspec.field(default=None, name="recordsFiltered")
    records_total: Scalar = msgspec.field(default=None, name="recordsTotal")
    data: list[msgspec.Raw] | None = None


class HistoryRow(Row):
    """One play. `date` is its start; `watched_status` 0 to 1 in quarters; `play_duration` is without pauses."""

    row_id: Scalar = None
    id: Scalar = None
    date: Scalar = None
    started: Scalar = None
    stopped: Scalar = None
    duration: Scalar = None
    play_duration: Scalar = None
    user_id: Scalar = None
    live: Scalar = None
    media_type: Scalar = None
    rating_key: Scalar = None
    grandparent_rating_key: Scalar = None
    parent_media_index: Scalar = None
    full_title: Scalar = None
    title: Scalar = None
    grandparent_title: Scalar = None
    year: Scalar = None
    guid: Scalar = None
    watched_status: Scalar = None
    state: Scalar = None


class SessionRow(Row):
    rating_key: Scalar = None
    grandparent_rating_key: Scalar = None


class ActivityRow(Row):
    """Who is watching. Without `sessions` Tautulli could not ask its Plex."""

    stream_count: Scalar = None
    sessions: list[SessionRow] | None = None
