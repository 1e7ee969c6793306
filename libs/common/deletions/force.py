"""What a person overrode by force. It travels with the fingerprint, through approval and job to the audit log."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

_MEMBER = "forced"


class Override(StrEnum):
    """What stood in the way of a deletion and was overridden; whatever comes later stands in the way again."""

    PROTECTION = "protection"
    SNOOZE = "snooze"


def with_force(fingerprint: Mapping[str, Any], overrides: Collection[Override]) -> dict[str, Any]:
    """The fingerprint, saying what was overridden; as it is when that is nothing."""
    if not overrides:
        return dict(fingerprint)
    return {**fingerprint, _MEMBER: sorted(overrides)}


def forced(fingerprint: Mapping[str, Any] | None) -> frozenset[Override]:
    """What was overridden. A word that means nothing to us overrides nothing."""
    told = (fingerprint or {}).get(_MEMBER)
    words = told if isinstance(told, list) else []
    return frozenset(override for override in Override if override in words)
