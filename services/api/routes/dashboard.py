"""Dashboard: counters of a lifetime, of the last run and of the queue."""

from fastapi import APIRouter

from libs.common.domain.enums import RunState
from services.api.change import Noting, Parts
from services.api.dashboard import queries
from services.api.dashboard.wire import DashboardStats, LifetimeStats, WorkerStats
from services.api.errors import describe
from services.api.preferences.queries import load_preferences
from services.api.rows import AnyRow

router = APIRouter(tags=["Dashboard"])


@router.get("/dashboard-stats", responses=describe())
async def dashboard_stats(gateway: Parts, change: Noting) -> DashboardStats:
    """Totals, protected items of the last run, growth per week."""
    totals = await queries.lifetime(change.tx)
    growth = await queries.growth_per_week(change.tx, gateway.clock.now())
    return DashboardStats(
        total_bytes_reclaimed=totals.total_bytes_reclaimed,
        total_items_removed=totals.total_items_removed,
        total_engine_runs=totals.total_engine_runs,
        protected_count=await queries.protected_in_last_run(change.tx),
        growth_bytes_per_week=growth or 0,
        has_growth_data=growth is not None,
    )


@router.get("/lifetime-stats", responses=describe())
async def lifetime_stats(change: Noting) -> LifetimeStats:
    """Totals that survive a data reset."""
    return LifetimeStats.model_validate(await queries.lifetime(change.tx), from_attributes=True)


@router.get("/worker/stats", responses=describe())
async def worker_stats(change: Noting) -> WorkerStats:
    """The engine and the deletion queue now."""
    preferences = await load_preferences(change.tx)
    run = await queries.newest_run(change.tx)
    jobs = await queries.job_counts(change.tx)
    sums = await queries.run_sums(change.tx)
    totals = await queries.lifetime(change.tx)
    return WorkerStats(
        is_running=run is not None and run.state is RunState.RUNNING,
        poll_interval_seconds=preferences.poll_interval_seconds,
        default_disk_group_mode=preferences.default_disk_group_mode,
        execution_mode=run.execution_mode if run else preferences.default_disk_group_mode,
        queue_depth=jobs.waiting,
        currently_deleting=await queries.under_way(change.tx),
        processed=jobs.processed,
        failed=jobs.failed,
        last_run_evaluated=run.evaluated if run else 0,
        last_run_candidates=run.candidates if run else 0,
        last_run_flagged=run.candidates if run else 0,
        last_run_freed_bytes=run.freed_bytes if run else 0,
        last_run_epoch=_epoch(run),
        protected_count=await queries.protected_in_last_run(change.tx),
        evaluated=sums.evaluated,
        actioned=sums.actioned,
        freed_bytes=totals.total_bytes_reclaimed,
    )


def _epoch(run: AnyRow | None) -> int:
    if run is None:
        return 0
    return int((run.completed_at or run.run_at).timestamp())
