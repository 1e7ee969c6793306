"""Whom Jellystat knows, and whom or what it was told to leave out."""

from collections.abc import Iterable

from libs.common.domain.enums import IntegrationType
from libs.integrations.audience import SourceUser
from libs.integrations.jellystat.plays import native_key
from libs.integrations.jellystat.rows import ConfigRow, SettingsRow, UserRow
from libs.integrations.loose import Scalar, claim, row_or_none, text


def server_type(config: ConfigRow) -> IntegrationType | None:
    """Which product it watches; None when it does not tell."""
    match claim(config.is_jellyfin):
        case True:
            return IntegrationType.JELLYFIN
        case False:
            return IntegrationType.EMBY
    return None


def users_of(rows: Iterable[UserRow], config: ConfigRow) -> tuple[SourceUser, ...]:
    """Everybody with an id on the media server."""
    kind, left_out = server_type(config), _ids(_settings(config).excluded_users)
    found = []
    for row in rows:
        user_id, name = native_key(row.user_id), text(row.user_name)
        if user_id:
            ids = frozenset() if kind is None else frozenset({f"{kind.value}:{user_id}"})
            found.append(SourceUser(user_id, (name,) if name else (), ids, is_readable=user_id not in left_out))
    return tuple(found)


def unrecorded(config: ConfigRow) -> str:
    """What it was told not to record, as a sentence; empty when it records everything."""
    settings = _settings(config)
    users, libraries = len(_ids(settings.excluded_users)), len(_ids(settings.excluded_libraries))
    if not users and not libraries:
        return ""
    return (
        f"Jellystat is set to leave out {users} of its users and {libraries} of its libraries: "
        "track them there to know their plays."
    )


def _settings(config: ConfigRow) -> SettingsRow:
    return row_or_none(config.settings, SettingsRow) or SettingsRow()


def _ids(values: Iterable[Scalar] | None) -> frozenset[str]:
    return frozenset(found for value in values or () if (found := native_key(value)))
