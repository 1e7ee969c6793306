"""Whom Tracearr knows, and by which ids their media servers know them."""

from collections.abc import Iterator

from libs.common.domain.enums import IntegrationType
from libs.integrations.audience import SourceUser
from libs.integrations.loose import positive, several, text
from libs.integrations.plex.accounts import shared_ids
from libs.integrations.tracearr.rows import PersonRow, WatcherRow

_MEDIA_SERVERS = frozenset({IntegrationType.JELLYFIN.value, IntegrationType.EMBY.value})


def person_of(row: PersonRow) -> SourceUser | None:
    """A person with all accounts, also the removed ones; None for a row without an id."""
    user_id = text(row.id)
    if not user_id:
        return None
    names = [text(row.username), *(text(account.username) for account in several(row.accounts))]
    return SourceUser(user_id, tuple(dict.fromkeys(filter(None, names))), frozenset(_ids(row)))


def watcher_of(row: WatcherRow) -> SourceUser | None:
    """Somebody as a play names them."""
    user_id = text(row.id)
    return SourceUser(user_id, tuple(filter(None, [text(row.username)]))) if user_id else None


def _ids(row: PersonRow) -> Iterator[str]:
    if (plex_id := positive(row.plex_account_id)) is not None:
        yield f"plex:{plex_id}"
    for account in several(row.accounts):
        kind = text(account.server_type).lower()
        if kind == IntegrationType.PLEX.value and (plex_id := positive(account.external_user_id)) is not None:
            yield from shared_ids(str(plex_id))
        elif kind in _MEDIA_SERVERS and (media_id := text(account.external_user_id).replace("-", "").lower()):
            yield f"{kind}:{media_id}"
