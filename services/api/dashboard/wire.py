"""Counters of the dashboard on the wire."""

from typing import Literal

from libs.common.domain.enums import ExecutionMode
from services.api.wire import Answer, Time


class DashboardStats(Answer):
    """`growthBytesPerWeek` may be negative; without a sample at least a week old there is no growth data."""

    total_bytes_reclaimed: int
    total_items_removed: int
    total_engine_runs: int
    protected_count: int
    growth_bytes_per_week: int
    has_growth_data: bool


class LifetimeStats(Answer):
    """Counters that survive a data reset."""

    id: Literal[1] = 1
    total_bytes_reclaimed: int
    total_items_removed: int
    total_engine_runs: int
    created_at: Time
    updated_at: Time


class WorkerStats(Answer):
    """The engine and the deletion queue now. `lastRunEpoch`: Unix seconds of completion, else of the start, else 0."""

    is_running: bool
    poll_interval_seconds: int
    default_disk_group_mode: ExecutionMode
    execution_mode: ExecutionMode
    queue_depth: int
    currently_deleting: str
    processed: int
    failed: int
    last_run_evaluated: int
    last_run_candidates: int
    last_run_flagged: int
    last_run_freed_bytes: int
    last_run_epoch: int
    protected_count: int
    evaluated: int
    actioned: int
    freed_bytes: int
