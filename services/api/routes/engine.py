"""Engine: ask for a run, and what runs did."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from libs.common.domain.enums import RunTrigger
from libs.common.events.engine import ManualRunTriggered
from libs.common.messaging.work import RunEngine
from libs.common.runs import request_run, run_pending
from services.api.change import Changing, Parts, Reading
from services.api.compat import wants_reference
from services.api.engine import queries
from services.api.engine.history_range import parse_range
from services.api.engine.wire import History, RunRequested
from services.api.errors import describe
from services.api.idempotency.route import ChangingRoute
from services.api.rows_as_json import described, json_text

router = APIRouter(prefix="/engine", tags=["Engine"], route_class=ChangingRoute)

_SEED = ("triggered", "already_pending")
_REFERENCE = ("started", "already_running")


@router.post("/run", responses=describe(429))
async def run(request: Request, change: Changing) -> RunRequested:
    """Ask for a run. It goes on by itself; at most one waits."""
    triggered, pending = _REFERENCE if wants_reference(request) else _SEED
    run_id = None
    if not await run_pending(change.tx):
        run_id = await request_run(change.tx, RunTrigger.MANUAL, change.now)
    if run_id is None:
        return RunRequested(status=pending)
    await change.record(ManualRunTriggered())
    change.nudge(RunEngine(run_id=run_id))
    return RunRequested(status=triggered)


@router.get("/history", responses=described(History) | describe(400), response_class=JSONResponse)
async def history(request: Request, gateway: Parts, conn: Reading, range: str | None = None) -> Response:  # noqa: A002  the query's name
    """Completed runs of the last `<n>m`, `<n>h`, `<n>d` or `all`, oldest first."""
    runs = await queries.completed_runs(conn, gateway.clock.now() - parse_range(range))
    return json_text(runs if wants_reference(request) else f'{{"status":"success","data":{runs}}}')
