"""The rows both servers answer with, and the fields of them that are used."""

import msgspec

from libs.integrations.loose import Scalar


class Row(msgspec.Struct, rename="pascal", gc=False):
    """The base of every row: PascalCase outside, unknown fields ignored."""


class InfoRow(Row):
    """Who answers. `product_name` is Jellyfin's alone."""

    id: Scalar = None
    server_name: Scalar = None
    version: Scalar = None
    product_name: Scalar = None
    startup_wizard_completed: Scalar = None


class PolicyRow(Row):
    is_administrator: Scalar = None
    is_disabled: Scalar = None
    enable_all_folders: Scalar = None
    max_parental_rating: Scalar = None
    blocked_tags: list[Scalar] | Scalar = None
    allowed_tags: list[Scalar] | Scalar = None
    include_tags: list[Scalar] | Scalar = None
    block_unrated_items: list[Scalar] | Scalar = None
    blocked_media_folders: list[Scalar] | Scalar = None
    excluded_sub_folders: list[Scalar] | Scalar = None


class UserRow(Row):
    id: Scalar = None
    name: Scalar = None
    policy: PolicyRow | None = None


class UserDataRow(Row):
    """One user's relation to one item. Emby leaves counts and dates out of lists in some builds."""

    play_count: Scalar = None
    last_played_date: Scalar = None
    playback_position_ticks: Scalar = None
    played: Scalar = None
    is_favorite: Scalar = None


class TagRow(Row):
    name: Scalar = None


class ItemRow(Row):
    """Any item of a listing. Tags are names in Jellyfin and old Embys, objects in newer ones."""

    id: Scalar = None
    name: Scalar = None
    type: Scalar = None
    series_id: Scalar = None
    season_id: Scalar = None
    series_name: Scalar = None
    parent_index_number: Scalar = None
    production_year: Scalar = None
    date_created: Scalar = None
    path: Scalar = None
    video_type: Scalar = None
    provider_ids: dict[str, Scalar] | None = None
    tags: list[Scalar] | Scalar = None
    tag_items: list[TagRow] | TagRow | None = None
    user_data: UserDataRow | None = None


class ItemPage(Row):
    """One page of a listing. Without its two fields it is no page, but somebody else's object."""

    items: list[ItemRow] | None = None
    total_record_count: Scalar = None


class UserPage(Row):
    items: list[UserRow] | None = None
    total_record_count: Scalar = None


class SessionRow(Row):
    now_playing_item: ItemRow | None = None
