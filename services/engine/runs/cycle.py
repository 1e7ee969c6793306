"""One run from its claim to its end: fresh snapshots, one evaluation, every disk group, the closing of the books."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from faststream.nats import NatsBroker
from nats.errors import Error as NatsError
from sqlalchemy import Row

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.deletions.enqueue import BatchRef, open_batch
from libs.common.domain.enums import RunState
from libs.common.events.engine import EngineComplete
from libs.common.locks.leases import Lease, require
from libs.common.messaging.outbox import add_event
from libs.common.messaging.work import DrainDeletions, SyncIntegration, Work, publish_work
from services.engine.evaluation import Evaluation
from services.engine.preview.refresh import PreviewRefresh
from services.engine.runs import queries
from services.engine.runs.group import SOURCE, GroupRun, Outcome
from services.engine.runs.queries import ClaimedRun

log = structlog.get_logger(__name__)

SNAPSHOT_DEADLINE_S = 600.0
LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Cycle:
    """The parts a run needs."""

    db: Database
    clock: Clock
    broker: NatsBroker
    refresh: PreviewRefresh
    snapshot_deadline_s: float = SNAPSHOT_DEADLINE_S

    async def run(self, run: ClaimedRun, lease: Lease) -> None:
        """Carry out a claimed run. Raises whatever went wrong; the caller closes the row."""
        began = time.monotonic()
        silent = await self._fresh_snapshots(run.id)
        evaluation = await self.refresh.score(run.id)
        groups, batch, outcomes = await self._groups(run.id, lease, evaluation, silent)
        await self._close(run, lease, groups, outcomes, began)
        for integration_id in sorted({place for outcome in outcomes for place in outcome.integration_ids}):
            await self._nudge(DrainDeletions(integration_id=integration_id))
        log.info("run finished", run_id=run.id, batch_id=str(batch.id), queued=sum(o.queued for o in outcomes))

    async def _fresh_snapshots(self, run_id: int) -> frozenset[int]:
        """Have every source read; answers those that did not end in time."""
        async with self.db.begin() as tx:
            wanted = await queries.request_snapshots(tx, run_id, self.clock.now())
        for snapshot_id in wanted:
            await self._nudge(SyncIntegration(snapshot_id=snapshot_id))
        deadline = time.monotonic() + self.snapshot_deadline_s
        while silent := await self._silent(wanted):
            if time.monotonic() > deadline:
                log.warning("some sources did not end in time, going on without them", integrations=sorted(silent))
                break
            await asyncio.sleep(LOOK_EVERY_S)
        return silent

    async def _silent(self, snapshot_ids: Sequence[int]) -> frozenset[int]:
        async with self.db.connect() as conn:
            return await queries.silent_sources(conn, snapshot_ids)

    async def _groups(
        self, run_id: int, lease: Lease, evaluation: Evaluation, silent: frozenset[int]
    ) -> tuple[Sequence[Row[Any]], BatchRef, list[Outcome]]:
        async with self.db.begin() as tx:
            await require(tx, lease)
            groups = await queries.active_groups(tx)
            batch = await open_batch(tx, run_id, evaluation.facts.now)
        work, outcomes = GroupRun(run_id, batch, evaluation, groups, silent), []
        for group in groups:
            async with self.db.begin() as tx:
                await require(tx, lease)
                outcome = await work.handle(tx, group.id)
            if outcome is not None:
                outcomes.append(outcome)
        return groups, batch, outcomes

    async def _close(
        self, run: ClaimedRun, lease: Lease, groups: Sequence[Row[Any]], outcomes: Sequence[Outcome], began: float
    ) -> None:
        now, duration_ms = self.clock.now(), int((time.monotonic() - began) * 1000)
        totals = {
            "evaluated": sum(outcome.evaluated for outcome in outcomes),
            "candidates": sum(outcome.candidates for outcome in outcomes),
            "queued": sum(outcome.queued for outcome in outcomes),
            "protected": sum(outcome.protected for outcome in outcomes),
        }
        potential = sum(outcome.bytes_chosen for outcome in outcomes if outcome.is_simulated)
        event = EngineComplete(
            evaluated=totals["evaluated"],
            flagged=totals["candidates"],
            duration_ms=duration_ms,
            execution_mode=run.execution_mode,
            freed_bytes=sum(outcome.bytes_chosen for outcome in outcomes),
            completed_at_epoch=int(now.timestamp()),
        )
        async with self.db.begin() as tx:
            await require(tx, lease)
            values = totals | {
                "duration_ms": duration_ms,
                "freed_bytes": m.EngineRun.freed_bytes + potential,  # jobs of this run may have been executed already
                "disk_group_modes": queries.modes_json(groups),
            }
            await queries.close_run(tx, run.id, RunState.DONE, now, values)
            await add_event(tx, event, source=SOURCE, at=now, run_id=run.id)

    async def _nudge(self, work: Work) -> None:
        """A lost nudge loses nothing: whoever it is for looks at its tables anyway."""
        try:
            await publish_work(self.broker, work)
        except (NatsError, TimeoutError, OSError) as exc:
            log.debug("nudge lost", subject=work.subject, reason=type(exc).__name__)
