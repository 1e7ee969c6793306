"""The people of a Plex. The owner goes by 1 on every server, all others by their number at plex.tv."""

from collections.abc import Iterable

from libs.integrations.audience import SourceUser
from libs.integrations.loose import text
from libs.integrations.plex.rows import AccountRow
from libs.integrations.plex.titles import native_id

OWNER = "1"


def users_of(rows: Iterable[AccountRow]) -> tuple[SourceUser, ...]:
    """Everybody with an account; account 0 is nobody. What the owner's number at plex.tv is, no server tells."""
    return tuple(_user(row) for row in rows if native_id(row.id))


def _user(row: AccountRow) -> SourceUser:
    account, name = native_id(row.id), text(row.name)
    return SourceUser(
        user_id=account,
        names=(name,) if name else (),
        ids=shared_ids(account),
    )


def shared_ids(account: str) -> frozenset[str]:
    """By what other systems know the account; nothing for the owner, whose number somebody else has elsewhere."""
    return frozenset() if account == OWNER else frozenset({f"plex:{account}"})
