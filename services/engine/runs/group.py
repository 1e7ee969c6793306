"""One disk group in one run: is it too full, may it be cleaned, and what goes. One transaction, or nothing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.deletions.enqueue import BatchRef, enqueue_jobs
from libs.common.domain.enums import ExecutionMode
from libs.common.events.disk import ThresholdBreached
from libs.common.messaging.outbox import add_event
from services.engine.evaluation import Evaluation
from services.engine.gates import Doubt, doubts_about_folders, doubts_about_sources
from services.engine.holds import open_doubts, settle_holds
from services.engine.modes import MODES
from services.engine.runs import queries
from services.engine.scoring.details import Explainer
from services.engine.selection.budget import Usage
from services.engine.selection.candidates import Selection, select_candidates

log = structlog.get_logger(__name__)

SOURCE = "engine"
SAY_AGAIN_AFTER = timedelta(hours=24)
MODE_UNAVAILABLE = "mode_unavailable"
JUST_DISCOVERED = "just_discovered"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the group in this run."""

    mode: ExecutionMode
    evaluated: int = 0
    protected: int = 0
    held: int = 0
    candidates: int = 0
    queued: int = 0
    bytes_chosen: int = 0
    held_code: str = ""
    integration_ids: frozenset[int] = field(default=frozenset())

    @property
    def simulated(self) -> bool:
        """Whether its bytes are only what could be freed."""
        return self.mode is not ExecutionMode.AUTO


@dataclass(frozen=True, slots=True)
class GroupRun:
    """What all groups of a run share."""

    run_id: int
    batch: BatchRef
    evaluation: Evaluation

    @property
    def now(self) -> datetime:
        return self.evaluation.facts.now

    async def handle(self, tx: AsyncConnection, disk_group_id: int) -> Outcome | None:
        """Decide and dispatch within the caller's transaction; None when the group is gone or of unknown size."""
        group = await queries.lock_group(tx, disk_group_id)
        usage = None if group is None else usage_of(group)
        if group is None or usage is None:
            log.warning("disk group skipped, its size is not known", disk_group_id=disk_group_id)
            return None
        if not usage.breached:
            await self._below(tx, group)
            return Outcome(group.mode)
        await self._breached(tx, group, usage)
        outcome, in_flight = await self._dispatch(tx, group, usage)
        await queries.save_group_outcome(tx, self._row(group, usage, outcome, in_flight))
        return outcome

    async def _dispatch(self, tx: AsyncConnection, group: Row[Any], usage: Usage) -> tuple[Outcome, int]:
        in_flight = await queries.bytes_in_flight(tx, group.id, group.read_at)
        budget = max(0, usage.bytes_to_free - in_flight)
        selection = select_candidates(self.evaluation.ranked, group.id, budget, group.mode)
        doubts = await self._doubts(tx, group)
        held_code = self._held_code(group, doubts)
        if held_code:
            log.info("disk group held", mount=group.mount_path, code=held_code, reasons=[d.message for d in doubts])
            return self._outcome(group, selection, held_code=held_code), in_flight
        return await self._enqueue(tx, group, selection), in_flight

    async def _doubts(self, tx: AsyncConnection, group: Row[Any]) -> list[Doubt]:
        sources = await queries.sources_of_group(tx, group.id)
        ids = [source.integration_id for source in sources]
        max_age = timedelta(hours=self.evaluation.facts.preferences.evidence_max_age_hours)
        own = doubts_about_sources(sources, self.now, max_age)
        own += doubts_about_folders(await queries.inaccessible_folders(tx, ids))
        await settle_holds(tx, group.id, own, self.run_id, self.now)
        return own + await open_doubts(tx, group.id, ids)

    def _held_code(self, group: Row[Any], doubts: list[Doubt]) -> str:
        mode = MODES.get(group.mode)
        if mode is None:
            return MODE_UNAVAILABLE
        if group.discovered_in_run == self.run_id:
            return JUST_DISCOVERED
        return doubts[0].code if doubts and mode.deletes else ""

    async def _enqueue(self, tx: AsyncConnection, group: Row[Any], selection: Selection) -> Outcome:
        facts, mode = self.evaluation.facts, MODES[group.mode]
        explainer = Explainer(facts.weights, self.evaluation.applicability, self.evaluation.rules)
        jobs = [mode.job(item, explainer) for item in selection.chosen.iter_rows(named=True)]
        delay_s = facts.preferences.deletion_queue_delay_seconds or 30
        made = await enqueue_jobs(tx, jobs, batch=self.batch, source=SOURCE, now=self.now, delay_s=delay_s)
        ids = frozenset(job.integration_id for job in jobs)
        return self._outcome(group, selection, queued=len(made), candidates=len(jobs), integration_ids=ids)

    def _outcome(self, group: Row[Any], selection: Selection, **values: Any) -> Outcome:
        bytes_chosen = selection.bytes_chosen if values.get("candidates") else 0
        return Outcome(
            mode=group.mode,
            evaluated=selection.evaluated,
            protected=selection.protected,
            held=selection.held,
            bytes_chosen=bytes_chosen,
            **values,
        )

    async def _below(self, tx: AsyncConnection, group: Row[Any]) -> None:
        await settle_holds(tx, group.id, [], self.run_id, self.now)
        if group.breached_since is not None:
            await queries.save_breach(tx, group.id, {"breached_since": None, "breach_announced_at": None})

    async def _breached(self, tx: AsyncConnection, group: Row[Any], usage: Usage) -> None:
        """Said when it begins, and once a day while it lasts (T211)."""
        said = group.breach_announced_at
        if group.breached_since is not None and said is not None and self.now - said < SAY_AGAIN_AFTER:
            return
        since = group.breached_since or self.now
        await queries.save_breach(tx, group.id, {"breached_since": since, "breach_announced_at": self.now})
        event = ThresholdBreached(
            mount_path=group.mount_path,
            current_pct=round(usage.used_pct, 1),
            threshold_pct=group.threshold_pct,
            target_pct=group.target_pct,
        )
        await add_event(tx, event, source=SOURCE, at=self.now, run_id=self.run_id)

    def _row(self, group: Row[Any], usage: Usage, outcome: Outcome, in_flight: int) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "disk_group_id": group.id,
            "mount_path": group.mount_path,
            "mode": group.mode,
            "used_pct": usage.used_pct,
            "threshold_pct": group.threshold_pct,
            "target_pct": group.target_pct,
            "bytes_to_free": usage.bytes_to_free,
            "bytes_in_flight": in_flight,
            "evaluated": outcome.evaluated,
            "protected": outcome.protected,
            "held": outcome.held,
            "candidates": outcome.candidates,
            "queued": outcome.queued,
            "freed_bytes": outcome.bytes_chosen,
            "held_code": outcome.held_code,
        }


def usage_of(group: Row[Any]) -> Usage | None:
    """The group's usage by its effective total; None when nothing is known about its size (T63)."""
    total = group.total_bytes_override or group.total_bytes
    if total <= 0 or group.read_at is None:
        return None
    return Usage(group.used_bytes, total, group.threshold_pct, group.target_pct)
