"""Factor weights: how much each factor counts in a score."""

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events.preview import PreviewInvalidated
from libs.common.events.settings import SettingsChanged
from libs.common.messaging.work import RescorePreview
from libs.common.preview import mark_scores_outdated
from services.api.change import Changing, Reading
from services.api.errors import describe
from services.api.factor_weights import queries
from services.api.factor_weights.listing import listed
from services.api.factor_weights.wire import FactorWeight, WeightsChange
from services.api.idempotency.route import ChangingRoute

router = APIRouter(prefix="/scoring-factor-weights", tags=["Factor Weights"], route_class=ChangingRoute)

_REASON = "settings_changed"


@router.get("", responses=describe(), response_model_exclude_none=True)
async def list_weights(conn: Reading) -> list[FactorWeight]:
    """All seven factors, those that cannot take part at present too."""
    return await _listed(conn)


@router.put("", responses=describe(400), response_model_exclude_none=True)
async def set_weights(body: WeightsChange, change: Changing) -> list[FactorWeight]:
    """Set any subset, 0 to 10 each; one that does not fit changes nothing."""
    if body.weights:
        await queries.save_weights(change.tx, body.weights, change.now)
        await change.record(SettingsChanged(changes={key.value: weight for key, weight in body.weights.items()}))
        await mark_scores_outdated(change.tx)
        change.tell(PreviewInvalidated(reason=_REASON))
        change.nudge(RescorePreview(reason=_REASON))
    return await _listed(change.tx)


async def _listed(conn: AsyncConnection) -> list[FactorWeight]:
    return listed(await queries.stored_weights(conn), await queries.broken_by_type(conn))
