"""One run from its claim to its end: fresh snapshots, one evaluation, every disk group, the closing of the books."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from faststream.nats import NatsBroker
from nats.errors import Error as NatsError
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.deletions.enqueue import open_batch
from libs.common.domain.enums import RunState
from libs.common.events.engine import EngineComplete, EngineError
from libs.common.locks.leases import Lease, LeaseLostError, require
from libs.common.messaging.outbox import add_event
from libs.common.messaging.work import DrainDeletions, SyncIntegration, Work, publish_work
from services.engine.approvals.upkeep import put_in_order, renew_users_rows
from services.engine.evaluation import Evaluation
from services.engine.preview.refresh import PreviewRefresh
from services.engine.runs import queries
from services.engine.runs.group import SOURCE, GroupRun, Outcome
from services.engine.runs.queries import ClaimedRun

log = structlog.get_logger(__name__)

SNAPSHOT_DEADLINE_S = 600.0
LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of the disk groups of a run; `failures` are sentences, one for each group that was skipped."""

    work: GroupRun
    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


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
        await self._put_approvals_in_order(run.id, lease)
        silent = await self._fresh_snapshots(run.id)
        evaluation = await self.refresh.score(run.id)
        handled = await self._groups(run.id, lease, evaluation, silent)
        await self._close(run, lease, handled, began)
        for integration_id in sorted({place for outcome in handled.outcomes for place in outcome.integration_ids}):
            await self._nudge(DrainDeletions(integration_id=integration_id))
        queued = sum(outcome.queued for outcome in handled.outcomes)
        log.info("run finished", run_id=run.id, batch_id=str(handled.work.batch.id), queued=queued)

    async def _put_approvals_in_order(self, run_id: int, lease: Lease) -> None:
        """Where that fails, snoozes last longer and approvals stay as they are: the run goes on (domain.md 4.2)."""
        try:
            async with self.db.begin() as tx:
                await require(tx, lease)
                await put_in_order(tx, run_id, self.clock.now())
        except (SQLAlchemyError, OSError) as exc:
            log.warning("approval queue not put in order", reason=type(exc).__name__)

    async def _fresh_snapshots(self, run_id: int) -> frozenset[int]:
        """Have every source read; answers those that did not end in time."""
        async with self.db.begin() as tx:
            wanted = await queries.request_snapshots(tx, run_id, self.clock.now())
        for snapshot_id in wanted:
            await self._nudge(SyncIntegration(snapshot_id=snapshot_id))
        deadline = time.monotonic() + self.snapshot_deadline_s
        while True:
            silent, is_outdated = await self._awaited(wanted)
            if not silent and not is_outdated:
                return silent
            if time.monotonic() > deadline:
                log.warning("some sources did not end in time, going on without them", integrations=sorted(silent))
                return silent
            await asyncio.sleep(LOOK_EVERY_S)

    async def _awaited(self, snapshot_ids: Sequence[int]) -> tuple[frozenset[int], bool]:
        """The sources that have not ended, and whether the catalogue does not show all that was read."""
        async with self.db.connect() as conn:
            silent = await queries.silent_sources(conn, snapshot_ids)
            return silent, await queries.is_enrichment_outdated(conn)

    async def _groups(self, run_id: int, lease: Lease, evaluation: Evaluation, silent: frozenset[int]) -> Handled:
        async with self.db.begin() as tx:
            await require(tx, lease)
            groups = await queries.active_groups(tx)
            await renew_users_rows(tx, evaluation, run_id)
            batch = await open_batch(tx, run_id, evaluation.facts.now)
        handled = Handled(GroupRun(run_id, batch, evaluation, groups, silent, self.clock))
        for group in groups:
            await self._group(handled, group, lease)
        return handled

    async def _group(self, handled: Handled, group: Row[Any], lease: Lease) -> None:
        """One that breaks is skipped with its reason; the others must not go uncleaned for it."""
        try:
            async with self.db.begin() as tx:
                await require(tx, lease)
                outcome = await handled.work.handle(tx, group.id)
        except LeaseLostError:
            raise
        except Exception as exc:
            log.exception("disk group failed", mount=group.mount_path)
            handled.failures.append(f"{group.mount_path} was skipped: {type(exc).__name__}; the log says more")
            async with self.db.begin() as tx:
                await require(tx, lease)
                await handled.work.note_failure(tx, group)
            return
        if outcome is not None:
            handled.outcomes.append(outcome)

    async def _close(self, run: ClaimedRun, lease: Lease, handled: Handled, began: float) -> None:
        now, duration_ms = self.clock.now(), int((time.monotonic() - began) * 1000)
        outcomes, failure = handled.outcomes, "; ".join(handled.failures)
        totals = {
            "evaluated": sum(outcome.evaluated for outcome in outcomes),
            "candidates": sum(outcome.candidates for outcome in outcomes),
            "queued": sum(outcome.queued for outcome in outcomes),
            "protected": sum(outcome.protected for outcome in outcomes),
        }
        potential = sum(outcome.bytes_chosen for outcome in outcomes if outcome.is_simulated)
        complete = EngineComplete(
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
                "disk_group_modes": queries.modes_json(handled.work.groups),
                "error_message": failure,
            }
            await queries.close_run(tx, run.id, RunState.DONE, now, values)
            # one or the other: whoever waits for the end of a run gets exactly one word
            event = EngineError(error=failure) if failure else complete
            await add_event(tx, event, source=SOURCE, at=now, run_id=run.id)

    async def _nudge(self, work: Work) -> None:
        """A lost nudge loses nothing: whoever it is for looks at its tables anyway."""
        try:
            await publish_work(self.broker, work)
        except (NatsError, TimeoutError, OSError) as exc:
            log.debug("nudge lost", subject=work.subject, reason=type(exc).__name__)
