"""Holds: why a disk group or a source is held back, and a person's word to go on."""

from fastapi import APIRouter

from libs.common.domain.enums import RunTrigger
from libs.common.events.safety import BreakerReleased
from libs.common.messaging.work import RunEngine
from libs.common.runs import request_run
from services.api.change import Caller, Changing, Reading
from services.api.engine import queries
from services.api.engine.wire import Hold, Released
from services.api.errors import BadInputError, MissingError, describe
from services.api.idempotency.route import ChangingRoute
from services.api.wire import Id

router = APIRouter(prefix="/engine/holds", tags=["Engine"], route_class=ChangingRoute)


@router.get("", responses=describe(), response_model_exclude_none=True)
async def list_holds(conn: Reading) -> list[Hold]:
    """Holds on disk groups and sources, newest first. Holds on single items stand in the preview."""
    return [Hold.model_validate(row, from_attributes=True) for row in await queries.open_holds(conn)]


@router.post("/{hold_id}/release", responses=describe(400, 404))
async def release(hold_id: Id, caller: Caller, change: Changing) -> Released:
    """Release a breaker. Other holds end by themselves when their cause is gone."""
    hold = await queries.lock_open_hold(change.tx, hold_id)
    if hold is None:
        raise MissingError(f"there is no hold {hold_id} in force")
    if not hold.breaker:
        raise BadInputError("this hold is no breaker: it ends when its cause is gone")
    await queries.release_hold(change.tx, hold_id, caller.username, change.now)
    await change.record(BreakerReleased(hold_id=hold_id, code=hold.code, username=caller.username))
    run_id = await request_run(change.tx, RunTrigger.RELEASE, change.now)
    if run_id is not None:
        change.nudge(RunEngine(run_id=run_id))
    return Released()
