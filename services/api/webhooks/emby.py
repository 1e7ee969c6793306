"""Events of Emby: what a user did with an item, and that the library changed."""

from libs.common.domain.enums import RefreshKind
from libs.common.refresh import RefreshTarget
from services.api.webhooks.fields import Payload, hex_id, inner, number_id, word
from services.api.webhooks.hint import EVERYTHING, NOTHING, Hint

_PLAYED = frozenset({"Movie", "Episode"})
_KEPT = _PLAYED | {"Series", "Season"}
_OF_LIBRARY = frozenset({"library.new", "library.deleted"})
_OF_MARKS = frozenset({"item.markplayed", "item.markunplayed"})
_OF_PLAYS = _OF_MARKS | {"playback.stop", "playback.scrobble", "item.rate"}


def parse_emby(payload: Payload) -> Hint:
    """Which events there are depends on the version; those we do not know are of no use."""
    event, item = word(payload, "Event").lower(), inner(payload, "Item")
    kind, server = word(item, "Type"), word(inner(payload, "Server"), "Id") or word(item, "ServerId")
    if kind not in _KEPT:
        return Hint(is_test=event.endswith("test"))
    if event in _OF_LIBRARY or (event in _OF_MARKS and kind not in _PLAYED):
        return Hint((EVERYTHING,), server)  # a mark on a show is one on each of its episodes
    if event not in _OF_PLAYS:
        return NOTHING
    native, user = number_id(item, "Id") or hex_id(item, "Id"), hex_id(inner(payload, "User"), "Id")
    return Hint((RefreshTarget(RefreshKind.ACTIVITY, native, user) if native and user else EVERYTHING,), server)
