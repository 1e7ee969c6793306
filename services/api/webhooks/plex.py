"""Events of Plex: what was watched, and that the library grew."""

from libs.common.domain.enums import RefreshKind
from libs.common.refresh import RefreshTarget
from services.api.webhooks.fields import Payload, inner, number_id, word
from services.api.webhooks.hint import EVERYTHING, NOTHING, Hint

_OF_PLAYS = frozenset({"media.stop", "media.scrobble"})
_PLAYED = frozenset({"movie", "episode"})
_KEPT = _PLAYED | {"show", "season"}


def parse_plex(payload: Payload) -> Hint:
    """`Server.uuid` tells which server it is: one account's webhook is sent by all of its servers."""
    event, about = word(payload, "event").lower(), inner(payload, "Metadata")
    server, kind = word(inner(payload, "Server"), "uuid"), word(about, "type").lower()
    if event in _OF_PLAYS and kind in _PLAYED:
        key = number_id(about, "ratingKey")
        return Hint((RefreshTarget(RefreshKind.ACTIVITY, key) if key else EVERYTHING,), server)
    if event == "library.new" and kind in _KEPT:
        return Hint((EVERYTHING,), server)
    return NOTHING
