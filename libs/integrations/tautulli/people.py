"""Whom Tautulli knows, and whose plays it does not keep."""

from collections.abc import Iterable

from libs.integrations.audience import SourceUser
from libs.integrations.loose import claim, text
from libs.integrations.plex.accounts import shared_ids
from libs.integrations.tautulli.plays import native_key
from libs.integrations.tautulli.rows import UserRow

_NAMED = 3


def user_of(row: UserRow) -> SourceUser | None:
    """The person; None for the user without number, who stands for everybody that does not sign in."""
    user_id = native_key(row.user_id)
    if not user_id:
        return None
    names = (row.friendly_name, row.username, row.email)
    return SourceUser(
        user_id=user_id,
        names=tuple(dict.fromkeys(name for value in names if (name := text(value)))),
        ids=shared_ids(user_id),
        is_readable=claim(row.keep_history) is not False,
    )


def unrecorded(rows: Iterable[UserRow]) -> str:
    """Whose plays are missing, as a sentence; empty when Tautulli keeps everybody's."""
    missing = [text(row.friendly_name) or text(row.username) for row in rows if claim(row.keep_history) is False]
    if not missing:
        return ""
    rest = len(missing) - _NAMED
    shown = ", ".join(missing[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    return f"Tautulli keeps no history of {shown}: switch it on under Users to know their plays."
