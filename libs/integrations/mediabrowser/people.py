"""The users of a server: how they are named, and who of them sees everything."""

import re
from collections.abc import Iterable

from libs.common.domain.enums import IntegrationType
from libs.integrations.audience import SourceUser
from libs.integrations.loose import Scalar, claim, number, scalars, text
from libs.integrations.mediabrowser.rows import PolicyRow, UserRow

_USER_ID = re.compile(r"[0-9a-f]{32}")


def user_id(value: Scalar) -> str:
    """The id in its one spelling; empty when it is none, and then it must not become part of an address."""
    found = text(value).replace("-", "").lower()
    return found if _USER_ID.fullmatch(found) else ""


def user_of(row: UserRow, kind: IntegrationType) -> SourceUser:
    """The person, also a disabled one: what they watched still counts."""
    found = user_id(row.id)
    return SourceUser(found, names=tuple(filter(None, [text(row.name)])), ids=frozenset({f"{kind.value}:{found}"}))


def overseer(rows: Iterable[UserRow]) -> str:
    """The first enabled administrator who sees the whole library; empty when nobody is known to."""
    return next((user_id(row.id) for row in rows if row.policy is not None and _sees_everything(row.policy)), "")


def _sees_everything(policy: PolicyRow) -> bool:
    """What the policy does not say about administration and folders is not taken for granted."""
    limits = (
        policy.blocked_tags,
        policy.allowed_tags,
        policy.include_tags,
        policy.block_unrated_items,
        policy.blocked_media_folders,
        policy.excluded_sub_folders,
    )
    return (
        claim(policy.is_administrator) is True
        and claim(policy.is_disabled) is False
        and claim(policy.enable_all_folders) is True
        and number(policy.max_parental_rating) is None
        and not any(scalars(limit) for limit in limits)
    )
