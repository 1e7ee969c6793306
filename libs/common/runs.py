"""Asking for an engine run: at most one waits, whoever asks."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import RunState, RunTrigger


async def request_run(tx: AsyncConnection, trigger: RunTrigger, now: datetime) -> int | None:
    """Queue a run; answers its id, or None when one is queued already and will see what the caller wants seen."""
    statement = (
        insert(m.EngineRun)
        .values(state=RunState.QUEUED, trigger=trigger, requested_at=now)
        .on_conflict_do_nothing()
        .returning(m.EngineRun.id)
    )
    return (await tx.execute(statement)).scalar_one_or_none()


async def run_pending(tx: AsyncConnection) -> bool:
    """Whether a run is queued or in progress."""
    open_states = (RunState.QUEUED, RunState.RUNNING)
    return bool((await tx.execute(select(exists().where(m.EngineRun.state.in_(open_states))))).scalar_one())
