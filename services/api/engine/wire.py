"""Runs and holds on the wire."""

from typing import Any

from libs.common.domain.enums import ExecutionMode, HoldCode, HoldScope
from services.api.wire import Answer, Time


class RunRequested(Answer):
    """`triggered`, or `already_pending` when a run is queued or under way (`started`/`already_running` in compat)."""

    status: str


class EngineRun(Answer):
    """A completed run. `deleted` and `freedBytes` grow while its deletions execute."""

    id: int
    run_at: Time
    timestamp: Time
    completed_at: Time
    evaluated: int
    flagged: int
    candidates: int
    queued: int
    deleted: int
    freed_bytes: int
    execution_mode: ExecutionMode
    duration_ms: int
    disk_group_modes: str | None = None
    error_message: str | None = None


class History(Answer):
    """In compat the answer is the bare array of `data`."""

    status: str = "success"
    data: list[EngineRun]


class Hold(Answer):
    """Why a group or a source is held back. A breaker ends only by a person."""

    id: int
    scope: HoldScope
    code: HoldCode
    message: str
    breaker: bool
    disk_group_id: int | None = None
    integration_id: int | None = None
    details: dict[str, Any]
    created_at: Time


class Released(Answer):
    status: str = "released"
