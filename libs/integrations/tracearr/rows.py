"""Tracearr's rows, with the fields that are used: snake_case in the second API, camelCase in the first."""

from typing import Generic, TypeVar

import msgspec

from libs.integrations.loose import Scalar

R = TypeVar("R")


class Row(msgspec.Struct, gc=False):
    """The base of every row: unknown fields are ignored."""


class CursorRow(Row):
    """Where the next page begins; null behind the last one. Without it nobody can tell whether more follows."""

    next_cursor: Scalar = msgspec.field(name="nextCursor")


class CursorPage(Row, Generic[R]):
    """A page of the second API."""

    data: list[R]
    meta: CursorRow


class ServerRow(Row):
    server_id: Scalar = None
    server_name: Scalar = None
    server_type: Scalar = None


class ServersRow(Row):
    """The servers with the release. Other products name themselves in `app_name`."""

    data: list[ServerRow] | None = None
    tracearr_version: Scalar = None
    app_name: Scalar = msgspec.field(default=None, name="appName")


class LibrariesRow(Row):
    """Only that there is such an answer counts."""

    data: list[dict[str, object]]


class AccountRow(Row):
    server_type: Scalar = None
    external_user_id: Scalar = None
    username: Scalar = None


class PersonRow(Row):
    id: Scalar = None
    username: Scalar = None
    plex_account_id: Scalar = None
    accounts: list[AccountRow] | AccountRow | None = None


class TallyRow(Row):
    """What was counted of a movie or episode."""

    media_id: Scalar = None
    media_type: Scalar = None
    title: Scalar = None
    year: Scalar = None
    imdb_id: Scalar = None
    tmdb_id: Scalar = None
    tvdb_id: Scalar = None
    show_media_id: Scalar = None
    show_title: Scalar = None
    show_imdb_id: Scalar = None
    show_tmdb_id: Scalar = None
    show_tvdb_id: Scalar = None
    season_number: Scalar = None
    plays: Scalar = None
    last_watched_day: Scalar = None


class WatcherRow(Row):
    id: Scalar = None
    username: Scalar = None


class SessionRow(Row):
    """Somebody watched something. The ids of the show are known to the first API only."""

    id: Scalar = None
    server_id: Scalar = None
    media_type: Scalar = None
    media_title: Scalar = None
    show_title: Scalar = None
    season_number: Scalar = None
    episode_number: Scalar = None
    year: Scalar = None
    duration_ms: Scalar = None
    progress_ms: Scalar = None
    started_at: Scalar = None
    stopped_at: Scalar = None
    watched: Scalar = None
    media_id: Scalar = None
    show_media_id: Scalar = None
    imdb_id: Scalar = None
    tmdb_id: Scalar = None
    tvdb_id: Scalar = None
    rating_key: Scalar = None
    grandparent_rating_key: Scalar = None
    show_imdb_id: Scalar = None
    show_tmdb_id: Scalar = None
    show_tvdb_id: Scalar = None
    user: WatcherRow | None = None


class OldSessionRow(msgspec.Struct, rename="camel", gc=False):
    """A session in the words of the first API; early releases know no ids."""

    id: Scalar = None
    server_id: Scalar = None
    media_type: Scalar = None
    media_title: Scalar = None
    show_title: Scalar = None
    season_number: Scalar = None
    episode_number: Scalar = None
    year: Scalar = None
    duration_ms: Scalar = None
    progress_ms: Scalar = None
    started_at: Scalar = None
    stopped_at: Scalar = None
    watched: Scalar = None
    imdb_id: Scalar = None
    tmdb_id: Scalar = None
    tvdb_id: Scalar = None
    rating_key: Scalar = None
    show_rating_key: Scalar = None
    show_imdb_id: Scalar = None
    show_tmdb_id: Scalar = None
    show_tvdb_id: Scalar = None
    user: WatcherRow | None = None

    def as_session(self) -> SessionRow:
        """The same in the words of the second API."""
        names = [name for name in self.__struct_fields__ if name != "show_rating_key"]
        return SessionRow(grandparent_rating_key=self.show_rating_key, **{name: getattr(self, name) for name in names})


class NumbersRow(msgspec.Struct, rename="camel", gc=False):
    total: Scalar = None
    page_size: Scalar = None


class NumberedPage(Row):
    """A page of the first API."""

    data: list[OldSessionRow]
    meta: NumbersRow


class OldStreamsRow(Row):
    data: list[OldSessionRow]


class StreamsRow(Row):
    data: list[SessionRow]


class OldServerRow(Row):
    id: Scalar = None
    name: Scalar = None
    type: Scalar = None


class HealthRow(Row):
    """Health with the servers. Other products name themselves in `app_name`."""

    status: Scalar = None
    version: Scalar = None
    servers: list[OldServerRow] | None = None
    app_name: Scalar = msgspec.field(default=None, name="appName")
