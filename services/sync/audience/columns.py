"""Where the rows of each capability are kept, column by column, in the order in which they are staged."""

from collections.abc import Mapping
from dataclasses import dataclass

from libs.common.domain.enums import Capability


@dataclass(frozen=True, slots=True)
class Kept:
    """A table of one capability. `key` tells rows of one integration apart; `columns` are name to Postgres type.

    `mine` is the condition for the rows that a reading of this capability replaces; others in the table are not its.
    """

    table: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    mine: str = "true"

    @property
    def staged(self) -> str:
        """The temporary table in which a reading waits until it is whole."""
        return f"staged_{self.table}"

    @property
    def values(self) -> tuple[str, ...]:
        """The columns that are not of the key."""
        return tuple(name for name in self.columns if name not in self.key)


_TITLE_COLUMNS = {
    "server": "text",
    "native_id": "text",
    "kind": "text",
    "title": "text",
    "title_key": "text",
    "year": "int8",
    "tmdb_id": "int8",
    "tvdb_id": "int8",
    "imdb_id": "text",
    "mb_id": "text",
    "guids": "text[]",
    "folders": "text[]",
    "added_at": "timestamptz",
    "is_listed": "bool",
}

KEPT: Mapping[Capability, Kept] = {
    Capability.TITLES: Kept("source_titles", ("server", "native_id"), _TITLE_COLUMNS, mine="is_listed"),
    Capability.PLAYS: Kept(
        "source_plays",
        ("play_id",),
        {
            "play_id": "text",
            "server": "text",
            "title_id": "text",
            "user_id": "text",
            "season_number": "int2",
            "episode_id": "text",
            "last_played_at": "timestamptz",
            "plays": "int8",
            "is_count": "bool",
        },
    ),
    Capability.WISHES: Kept(
        "source_wishes",
        ("server", "title_id", "user_id"),
        {"server": "text", "title_id": "text", "user_id": "text"},
    ),
    Capability.COLLECTIONS: Kept(
        "source_collection_members",
        ("collection_id", "title_id"),
        {"collection_id": "text", "title_id": "text", "name": "text", "is_smart": "bool"},
    ),
    Capability.LABELS: Kept("source_labels", ("title_id", "label"), {"title_id": "text", "label": "text"}),
    Capability.REQUESTS: Kept(
        "source_requests",
        ("request_id",),
        {
            "request_id": "text",
            "kind": "text",
            "counts": "bool",
            "is_pending": "bool",
            "user_id": "text",
            "requested_by": "text",
            "requested_at": "timestamptz",
            "tmdb_id": "int8",
            "tvdb_id": "int8",
            "imdb_id": "text",
            "arr_id": "text",
            "seasons": "int8[]",
            "is_4k": "bool",
        },
    ),
}

USERS = Kept(
    "source_users",
    ("user_id",),
    {"user_id": "text", "names": "text[]", "ids": "text[]", "is_readable": "bool"},
)
"""Read with every source that names people."""

SERVERS = Kept(
    "source_servers",
    ("server",),
    {"server": "text", "identity": "text", "type": "text", "name": "text"},
)
