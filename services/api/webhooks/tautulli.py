"""Events of Tautulli, in the body that we give people to paste: what was watched."""

from libs.common.domain.enums import RefreshKind
from libs.common.refresh import RefreshTarget
from services.api.webhooks.fields import Payload, number_id, word
from services.api.webhooks.hint import EVERYTHING, NOTHING, Hint

_OF_PLAYS = frozenset({"stop", "watched", "scrobble"})
_PLAYED = frozenset({"movie", "episode"})


def parse_tautulli(payload: Payload) -> Hint:
    """All values are texts; what Tautulli cannot fill in comes empty."""
    action = word(payload, "action").lower()
    if action == "test":
        return Hint(is_test=True)
    if action not in _OF_PLAYS or word(payload, "media_type").lower() not in _PLAYED:
        return NOTHING
    key = number_id(payload, "rating_key")
    return Hint((RefreshTarget(RefreshKind.ACTIVITY, key) if key else EVERYTHING,))
