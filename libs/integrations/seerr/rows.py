"""Seerr's rows, with the fields that are used."""

import msgspec

from libs.integrations.loose import Scalar


class Row(msgspec.Struct, rename="camel", gc=False):
    """The base of every row: camelCase outside, unknown fields ignored."""


class StatusRow(Row):
    version: Scalar = None


class UserRow(Row):
    id: Scalar = None
    email: Scalar = None
    display_name: Scalar = None
    username: Scalar = None
    plex_username: Scalar = None
    jellyfin_username: Scalar = None
    plex_id: Scalar = None
    jellyfin_user_id: Scalar = None
    user_type: Scalar = None


class MeRow(UserRow):
    """Whom the key acts as. Other products name themselves in `app_name`."""

    permissions: Scalar = None
    app_name: Scalar = None


class MediaRow(Row):
    media_type: Scalar = None
    tmdb_id: Scalar = None
    tvdb_id: Scalar = None
    imdb_id: Scalar = None
    external_service_id: Scalar = None
    external_service_id_4k: Scalar = msgspec.field(default=None, name="externalServiceId4k")


class SeasonRow(Row):
    season_number: Scalar = None


class RequestRow(Row):
    id: Scalar = None
    status: Scalar = None
    type: Scalar = None
    is_4k: Scalar = msgspec.field(default=None, name="is4k")
    created_at: Scalar = None
    media: MediaRow | None = None
    seasons: list[SeasonRow] | SeasonRow | None = None
    requested_by: UserRow | None = None


class PageInfoRow(Row):
    results: Scalar = None


class UserPage(Row):
    results: list[UserRow]
    page_info: PageInfoRow | None = None


class RequestPage(Row):
    results: list[RequestRow]
    page_info: PageInfoRow | None = None
