"""Events of Jellyfin's webhook plugin: what a user did with an item, and that the library changed."""

from libs.common.domain.enums import RefreshKind
from libs.common.refresh import RefreshTarget
from services.api.webhooks.fields import Payload, hex_id, word
from services.api.webhooks.hint import EVERYTHING, NOTHING, Hint

_PLAYED = frozenset({"Movie", "Episode"})
_KEPT = _PLAYED | {"Series", "Season"}
_OF_LIBRARY = frozenset({"ItemAdded", "ItemDeleted"})
_UNDER_WAY = frozenset({"PlaybackStart", "PlaybackProgress"})
"""Saved every few seconds while somebody watches; the end is told too."""


def parse_jellyfin(payload: Payload) -> Hint:
    """Flat members; without "Send All Properties" some are missing."""
    event, kind = word(payload, "NotificationType"), word(payload, "ItemType")
    server = word(payload, "ServerId")
    if event in _OF_LIBRARY:
        return Hint((EVERYTHING,), server) if kind in _KEPT else NOTHING
    is_end = event == "PlaybackStop" and kind in _PLAYED
    is_saved = event == "UserDataSaved" and kind in _KEPT and word(payload, "SaveReason") not in _UNDER_WAY
    if not (is_end or is_saved):
        return NOTHING
    item, user = hex_id(payload, "ItemId"), hex_id(payload, "UserId")
    return Hint((RefreshTarget(RefreshKind.ACTIVITY, item, user) if item and user else EVERYTHING,), server)
