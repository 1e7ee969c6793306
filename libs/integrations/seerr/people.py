"""Who has an account in Seerr, and by which names other systems know them."""

from libs.integrations.audience import SourceUser
from libs.integrations.loose import positive, text, whole
from libs.integrations.seerr.rows import UserRow

_EMBY_USER = 4
"""Seerr keeps the ids of Jellyfin and Emby in the same field; only the type of the account tells them apart."""


def user_of(row: UserRow) -> SourceUser | None:
    """The account; None for a row without a number."""
    user_id = positive(row.id)
    return None if user_id is None else SourceUser(str(user_id), names_of(row), _ids(row))


def names_of(row: UserRow) -> tuple[str, ...]:
    """Every name of an account, each once, the one it is shown with first."""
    names = (row.display_name, row.username, row.plex_username, row.jellyfin_username, row.email)
    return tuple(dict.fromkeys(name for value in names if (name := text(value))))


def _ids(row: UserRow) -> frozenset[str]:
    found: set[str] = set()
    plex_id, media_id = positive(row.plex_id), text(row.jellyfin_user_id).replace("-", "").lower()
    if plex_id is not None:
        found.add(f"plex:{plex_id}")
    if media_id.strip("0"):
        found.add(f"jellyfin:{media_id}")
        if whole(row.user_type) == _EMBY_USER:
            found.add(f"emby:{media_id}")
    return frozenset(found)
