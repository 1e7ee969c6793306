"""One disk group in one run: is it too full, may it be cleaned, and what goes. One transaction, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.deletions.enqueue import BatchRef, enqueue_jobs
from libs.common.deletions.fingerprint import load_instances
from libs.common.domain.enums import ACTS_ALONE, ExecutionMode, HoldCode
from libs.common.events.disk import ThresholdBreached
from libs.common.messaging.outbox import add_event
from services.engine.approvals.listing import ask_about, ask_nothing_more, clear_list
from services.engine.evaluation import Evaluation
from services.engine.gates import Doubt, doubts_about_folders, doubts_about_sources
from services.engine.holds import end_hold, is_mass_change_open, open_doubts, settle_holds, spend_release
from services.engine.mass_change import extent_on, mass_change_of
from services.engine.modes import MODES
from services.engine.runs import queries
from services.engine.runs.breaker import is_too_much
from services.engine.runs.convergence import forget_convergence, settle_convergence
from services.engine.selection.budget import Disk, Usage, is_same_filesystem
from services.engine.selection.candidates import Selection, select_candidates, told_by_leaders
from services.engine.selection.collections import groups_sharing

if TYPE_CHECKING:
    import polars as pl

log = structlog.get_logger(__name__)

SOURCE = "engine"
SAY_AGAIN_AFTER = timedelta(hours=24)
MODE_UNAVAILABLE = "mode_unavailable"
JUST_DISCOVERED = "just_discovered"
FAILED = "failed"
"""Stands as the group's `held_code`: something broke inside the run, and its error message says what."""


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
    def is_simulated(self) -> bool:
        """Whether its bytes are only what could be freed."""
        return self.mode is not ExecutionMode.AUTO


@dataclass(frozen=True, slots=True)
class GroupRun:
    """What all groups of a run share. `silent` are the sources whose reads did not end in time."""

    run_id: int
    batch: BatchRef
    evaluation: Evaluation
    groups: Sequence[Row[Any]]
    silent: frozenset[int]
    clock: Clock
    taken: set[int] = field(default_factory=set)
    """Items that groups before have queued: a collection may reach into the groups behind."""

    @property
    def now(self) -> datetime:
        return self.evaluation.facts.now

    async def handle(self, tx: AsyncConnection, disk_group_id: int) -> Outcome | None:
        """Decide and dispatch within the caller's transaction; None when the group is gone or of unknown size."""
        group = await queries.lock_group(tx, disk_group_id)
        if group is None:
            return None
        usage = usage_of(group)
        if usage is None:
            await self._skip(tx, group)
            return None
        if usage.breached:
            await self._breached(tx, group, usage)
            outcome, in_flight = await self._dispatch(tx, group, usage)
        else:
            await self._below(tx, group)
            outcome, in_flight = Outcome(group.mode), 0
        await queries.save_group_outcome(tx, self._row(group, usage, outcome, in_flight))
        return outcome

    async def note_failure(self, tx: AsyncConnection, group: Row[Any]) -> None:
        """The group's row of a run in which handling it broke, so that nothing was done with it."""
        usage = usage_of(group)
        if usage is not None:
            await queries.save_group_outcome(tx, self._row(group, usage, Outcome(group.mode, held_code=FAILED), 0))

    async def _skip(self, tx: AsyncConnection, group: Row[Any]) -> None:
        log.warning("disk group skipped, its size is not known", mount=group.mount_path)
        unknown = Doubt(HoldCode.DISK_UNKNOWN, f"the size of {group.mount_path} is not known")
        await settle_holds(tx, group.id, [unknown], self.run_id, self.now)

    async def _dispatch(self, tx: AsyncConnection, group: Row[Any], usage: Usage) -> tuple[Outcome, int]:
        in_flight = await queries.bytes_in_flight(tx, on_same_disk(group, self.groups), group.read_at)
        budget = max(0, usage.bytes_to_free - in_flight)
        selection = select_candidates(
            self.evaluation.ranked,
            group.id,
            budget,
            group.mode,
            companions=await self._companions(tx, group),
            taken=self.taken,
        )
        self._tell_kept_back(group, selection)
        doubts = await self._doubts(tx, group)
        held_code = self._held_code(group, doubts)
        if held_code:
            log.info("disk group held", mount=group.mount_path, code=held_code, reasons=[d.message for d in doubts])
        elif await self._is_too_much(tx, group, selection):
            held_code = HoldCode.MASS_CHANGE
        if held_code:
            return self._outcome(group, selection, held_code=held_code), in_flight
        return await self._carry_out(tx, group, selection), in_flight

    async def _companions(self, tx: AsyncConnection, group: Row[Any]) -> set[int]:
        """Disk groups whose items may leave with a collection of this one (D6): of the same mode, and not held."""
        found = set()
        for other_id in groups_sharing(self.evaluation.ranked, group.id):
            other = await queries.lock_group(tx, other_id)
            if other is None or other.mode is not group.mode or usage_of(other) is None:
                continue
            is_held = bool(self._held_code(other, await self._doubts(tx, other)))
            if not is_held and not await is_mass_change_open(tx, other_id):
                found.add(other_id)
        return found

    def _tell_kept_back(self, group: Row[Any], selection: Selection) -> None:
        for why, names in selection.kept_back.group_by("why").agg("collection_group").iter_rows():
            log.info("collections stay", mount=group.mount_path, code=why, count=len(names), some=sorted(names)[:5])

    async def _doubts(self, tx: AsyncConnection, group: Row[Any]) -> list[Doubt]:
        """Every reason not to clean this group now; a mode that only simulates needs none."""
        mode = MODES.get(group.mode)
        if mode is None or not mode.deletes:
            await settle_holds(tx, group.id, [], self.run_id, self.now)
            await end_hold(tx, group.id, HoldCode.NOT_CONVERGING, self.now)
            return []
        sources = await queries.sources_of_group(tx, group.id, self.silent)
        fed_by = [source.integration_id for source in sources if source.brings_items]
        max_age = timedelta(hours=self.evaluation.facts.safety.evidence_max_age_hours)
        own = doubts_about_sources(sources, self.now, max_age)
        own += doubts_about_folders(await queries.inaccessible_folders(tx, fed_by))
        await settle_holds(tx, group.id, own, self.run_id, self.now)
        own += await self._not_converging(tx, group)
        return own + await open_doubts(tx, group.id, [source.integration_id for source in sources])

    async def _not_converging(self, tx: AsyncConnection, group: Row[Any]) -> list[Doubt]:
        """Where nobody is asked, the space of the former batch has to be there before a new one begins (S-14)."""
        disks = on_same_disk(group, self.groups)
        if group.mode not in ACTS_ALONE:
            await end_hold(tx, group.id, HoldCode.NOT_CONVERGING, self.now)
            return []
        catalogue_bytes = sum(self._catalogue_bytes(disk_id) for disk_id in disks)
        return await settle_convergence(tx, group, disks, catalogue_bytes, self.evaluation.facts, self.run_id)

    def _catalogue_bytes(self, disk_group_id: int) -> int:
        return extent_on(self.evaluation.ranked, disk_group_id).size_bytes

    def _held_code(self, group: Row[Any], doubts: list[Doubt]) -> str:
        if group.mode not in MODES:
            return MODE_UNAVAILABLE
        if group.discovered_in_run == self.run_id:
            return JUST_DISCOVERED
        return doubts[0].code if doubts else ""

    async def _is_too_much(self, tx: AsyncConnection, group: Row[Any], selection: Selection) -> bool:
        facts, ranked = self.evaluation.facts, self.evaluation.ranked
        found = mass_change_of(ranked, selection, facts.safety.max_delete_pct_per_run, taken=self.taken)
        return await is_too_much(tx, group, found, facts, self.run_id)

    async def _carry_out(self, tx: AsyncConnection, group: Row[Any], selection: Selection) -> Outcome:
        mode = MODES[group.mode]
        chosen = told_by_leaders(self.evaluation.explained(selection.chosen))
        self.taken.update(selection.chosen["id"])
        if mode.asks:
            await ask_about(tx, group.id, chosen, self.run_id, self.now)
            return self._outcome(group, selection, candidates=chosen.height)
        if mode.deletes:
            await ask_nothing_more(tx, group.id, self.run_id, self.now)
        return await self._enqueue(tx, group, selection, chosen)

    async def _enqueue(
        self, tx: AsyncConnection, group: Row[Any], selection: Selection, chosen: "pl.DataFrame"
    ) -> Outcome:
        facts, mode = self.evaluation.facts, MODES[group.mode]
        instances = await load_instances(tx, chosen["integration_id"])
        is_enabled = facts.safety.deletions_enabled
        jobs = [mode.job(item, instances, deletions_enabled=is_enabled) for item in chosen.iter_rows(named=True)]
        made = await enqueue_jobs(
            tx,
            jobs,
            batch=self.batch,
            source=SOURCE,
            now=self.now,
            delay_s=facts.preferences.deletion_queue_delay_seconds,
            waits_from=self.clock.now(),  # a large library takes as long to score as a short grace period lasts
        )
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
        await spend_release(tx, group.id, self.run_id)
        await clear_list(tx, group.id, self.run_id, self.now)
        await forget_convergence(tx, group, on_same_disk(group, self.groups), self.evaluation.facts)
        if group.breached_since is not None:
            await queries.save_breach(tx, group.id, {"breached_since": None, "breach_announced_at": None})

    async def _breached(self, tx: AsyncConnection, group: Row[Any], usage: Usage) -> None:
        """Said when it begins, and once a day while it lasts. A sunset group's threshold has events of its own."""
        said = group.breach_announced_at
        if group.breached_since is not None and said is not None and self.now - said < SAY_AGAIN_AFTER:
            return
        since = group.breached_since or self.now
        await queries.save_breach(tx, group.id, {"breached_since": since, "breach_announced_at": self.now})
        if group.mode is ExecutionMode.SUNSET:
            return
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
            "used_bytes": group.used_bytes,
            "catalogue_bytes": self._catalogue_bytes(group.id),
        }


def usage_of(group: Row[Any]) -> Usage | None:
    """The group's usage by its effective total; None when nothing is known about its size (T63)."""
    total = group.total_bytes_override or group.total_bytes
    if total <= 0 or group.read_at is None:
        return None
    return Usage(group.used_bytes, total, group.threshold_pct, group.target_pct)


def on_same_disk(group: Row[Any], groups: Sequence[Row[Any]]) -> list[int]:
    """The group, and every other mount of its filesystem."""
    disk = Disk(group.total_bytes, group.used_bytes, group.read_at)
    known = [other for other in groups if other.id != group.id and usage_of(other) is not None]
    twins = [
        other.id
        for other in known
        if is_same_filesystem(disk, Disk(other.total_bytes, other.used_bytes, other.read_at))
    ]
    return [group.id, *twins]
