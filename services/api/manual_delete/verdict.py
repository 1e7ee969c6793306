"""Whether an item that a person named may be deleted, and what of that the person overrode. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.common.deletions.fingerprint import Instance
from libs.common.deletions.force import Override
from libs.common.domain.enums import MEDIA_SOURCE_TYPES, ExecutionMode, IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget, InvalidTargetError
from libs.common.domain.titles import title_key
from services.api.manual_delete.wire import Wanted
from services.api.wire import timestamp

Address = tuple[int, str]
"""Integration id and external id."""

Item = Mapping[str, Any]
"""The stored facts of one item, as `queries.load_items` names them."""

TWICE = "it stands in this request more than once"
QUEUED = "its deletion is queued or approved already"
_ANYWAY = "send force: true to delete it all the same"


@dataclass(frozen=True, slots=True)
class Source:
    """The integration an item is in."""

    id: int
    type: IntegrationType
    name: str
    url: str
    saved_at: datetime
    is_enabled: bool
    add_import_exclusion: bool

    @property
    def instance(self) -> Instance:
        """Which installation it points at."""
        return Instance(self.id, self.type, self.url, self.saved_at)


def incomplete(wanted: Wanted) -> str | None:
    """S-01, S-02: what does not name one item completely is not looked up anywhere."""
    try:
        target = DeletionTarget.parse(wanted.integration_id, wanted.media_type, wanted.external_id)
    except InvalidTargetError as exc:
        return str(exc)
    return None if target.external_id == wanted.external_id else f"{wanted.external_id!r} is not how its id is written"


def refusal(wanted: Wanted, source: Source | None, item: Item | None) -> str | None:
    """Why this complete address is not deleted, as a sentence; None when nothing stands against it."""
    if source is None:
        return f"there is no integration {wanted.integration_id}"
    if source.type not in MEDIA_SOURCE_TYPES:
        return f"{source.name} ({source.type}) cannot delete"
    if not source.is_enabled:
        return f"{source.name} is disabled"
    if item is None:
        return f"the last complete read of {source.name} does not know it"
    return _other_item(wanted, item) or _standing(wanted, source, item)


def overrides(wanted: Wanted, item: Item) -> frozenset[Override]:
    """What stands against it now and is overridden. What nobody has scored yet may be protected."""
    if not wanted.force:
        return frozenset()
    found = {
        Override.PROTECTION: item["is_kin_protected"] or not item["is_scored"],
        Override.SNOOZE: item["snoozed_until"] is not None,
    }
    return frozenset(override for override, stands in found.items() if stands)


def internal_score(told: float, *, is_raw: bool) -> float:
    """As it is stored: 0 to 1 before rules, whatever scale it came in (api.md 1.6). `is_raw`: it is stored so."""
    return told if is_raw or told <= 1 else told / 100


def common_mode(modes: set[ExecutionMode], default: ExecutionMode) -> str:
    """The one mode, `mixed` for several."""
    if len(modes) > 1:
        return "mixed"
    return next(iter(modes), default).value


def _other_item(wanted: Wanted, item: Item) -> str | None:
    """S-03, S-26: an id may have been given away, and a season's show is not the season."""
    if MediaType(wanted.media_type) is not MediaType(item["media_type"]):
        return f"it is a {item['media_type']}, not a {wanted.media_type}"
    meant = title_key(wanted.media_name)
    if meant and meant != title_key(item["title"]):
        return f"the id now belongs to {item['title']}"
    return None


def _standing(wanted: Wanted, source: Source, item: Item) -> str | None:
    if item["seen_at"] < source.saved_at:
        return f"it has not been read since {source.name} was saved"
    if item["is_queued"]:
        return QUEUED
    if item["is_gone"]:
        return f"it has been deleted, and {source.name} was not read again since"
    return None if wanted.force else _kept(item)


def _kept(item: Item) -> str | None:
    if item["is_protected"]:
        return f"an always_keep rule protects it; {_ANYWAY}"
    if item["is_kin_protected"]:
        kin = "its show" if item["media_type"] == MediaType.SEASON else "one of its seasons"
        return f"an always_keep rule protects {kin}; {_ANYWAY}"
    if not item["is_scored"]:
        return f"it has not been scored yet, so nobody knows whether a rule protects it; {_ANYWAY}"
    if item["snoozed_until"] is not None:
        return f"it is snoozed until {timestamp(item['snoozed_until'])}; {_ANYWAY}"
    return None
