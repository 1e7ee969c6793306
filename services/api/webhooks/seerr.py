"""Events of Seerr and its relatives: a request came, or got another state."""

from libs.common.domain.enums import RefreshKind
from libs.common.refresh import RefreshTarget
from services.api.webhooks.fields import Payload, inner, number_id, word
from services.api.webhooks.hint import EVERYTHING, NOTHING, Hint


def parse_seerr(payload: Payload) -> Hint:
    """Nothing is sent when a request is deleted; the next read of all requests finds that."""
    event = word(payload, "notification_type").upper()
    if event == "TEST_NOTIFICATION":
        return Hint(is_test=True)
    if not event.startswith("MEDIA_"):
        return NOTHING
    number = number_id(inner(payload, "request"), "request_id")
    return Hint((RefreshTarget(RefreshKind.REQUEST, number) if number else EVERYTHING,))
