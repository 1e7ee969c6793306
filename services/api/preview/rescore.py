"""Asking the engine for new scores of the stored catalogue."""

from libs.common.messaging.work import RescorePreview
from libs.common.preview import mark_scores_outdated
from services.api.change import Change
from services.api.gateway import Gateway

_REASON = "forced"


async def ask_for_new_scores(gateway: Gateway) -> None:
    """Outdate the scores, committed before anybody waits for the new ones."""
    async with gateway.db.begin() as tx:
        await mark_scores_outdated(tx)
        change = Change(tx, gateway.clock.now())
        change.nudge(RescorePreview(reason=_REASON))
    await change.publish(gateway)
