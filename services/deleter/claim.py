"""Claiming: all that may forbid a deletion is read in the transaction that leases the job, so a switch always wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.cancel import cancel_waiting
from libs.common.deletions.job import Job
from libs.common.deletions.modes import Act, Intent, effective_intent
from libs.common.domain.enums import Trigger
from services.deleter import queries_jobs as jobs
from services.deleter.claimed import Claimed, Source
from services.deleter.groups import Group
from services.deleter.queries_switches import Switches, is_source_held, read_groups, read_switches

SOURCE = "deleter"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing may be claimed for `seconds`: the pace of the integration."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is true for all jobs of one claim."""

    switches: Switches
    groups: Mapping[int, Group]
    snoozed: set[str]
    protection: Mapping[str, bool]

    def intent(self, job: Job) -> Intent:
        """The most restrictive of everything. Engine jobs also need a disk that is still too full (T28)."""
        group = None if job.disk_group_id is None else self.groups.get(job.disk_group_id)
        mode = self.switches.default_mode if job.disk_group_id is None else group.mode if group else None
        intent = effective_intent(
            deletions_enabled=self.switches.deletions_enabled,
            group_mode=mode,
            enqueued_mode=job.enqueued_mode,
            force_dry_run=job.force_dry_run,
        )
        return self._narrowed(job, group) or intent if intent.act is Act.REAL else intent

    def _narrowed(self, job: Job, group: Group | None) -> Intent | None:
        if job.external_id in self.snoozed:
            return Intent(Act.CANCEL, "snoozed since it was queued")
        if self.protection.get(job.external_id):
            return Intent(Act.CANCEL, "protected by a rule since it was queued")
        if job.trigger is not Trigger.ENGINE or group is None or group.takes_engine_jobs:
            return None
        if group.is_above_target is False:
            return Intent(Act.CANCEL, "its disk has reached its target")
        return Intent(Act.WAIT, "its disk group is held")


async def claim_next(tx: AsyncConnection, integration_id: int, owner: str, now: datetime) -> Claimed | Pause | None:
    """Lease the best job that may really be carried out now; None when there is none.

    On the way, jobs whose ground has moved are cancelled. Simulations are somebody else's.
    """
    switches = await read_switches(tx)
    await jobs.lock_lane(tx, integration_id)
    source = await _source(tx, integration_id)
    if source is None or await jobs.is_busy(tx, integration_id) or await is_source_held(tx, integration_id):
        return None
    pause_s = await _pause_s(tx, integration_id, source.deletions_per_minute, now)
    if pause_s > 0:
        return Pause(pause_s)
    rows = await jobs.due_jobs(tx, now, m.DeletionJob.integration_id == integration_id)
    if not rows:
        return None
    verdicts = await _verdicts(tx, switches, rows, integration_id, now)
    current = await jobs.scores_are_current(tx)
    return await _pick(tx, rows, verdicts, _Hands(owner, source, now, may_delete=current))


@dataclass(frozen=True, slots=True)
class _Hands:
    owner: str
    source: Row[Any]
    now: datetime
    may_delete: bool


async def _pick(tx: AsyncConnection, rows: Sequence[Row[Any]], verdicts: Verdicts, hands: _Hands) -> Claimed | None:
    called_off: dict[str, list[int]] = {}
    chosen: Claimed | None = None
    for row in rows:
        job = Job.of_row(row)
        intent = verdicts.intent(job)
        interrupted = row.started_at is not None
        if intent.act is Act.CANCEL and not interrupted:
            called_off.setdefault(intent.reason, []).append(job.id)
        elif interrupted or (intent.act is Act.REAL and hands.may_delete):
            chosen = await _lease(tx, row, job, intent, verdicts, hands)
            break
    for reason, ids in called_off.items():
        await cancel_waiting(tx, m.DeletionJob.id.in_(ids), reason, SOURCE, hands.now)
    return chosen


async def _lease(
    tx: AsyncConnection, row: Row[Any], job: Job, intent: Intent, verdicts: Verdicts, hands: _Hands
) -> Claimed:
    source = hands.source
    return Claimed(
        job=job,
        fence=await jobs.lease(tx, job.id, hands.owner),
        owner=hands.owner,
        attempts=row.attempts,
        began_at=row.started_at,
        source=Source(
            id=source.id,
            type=source.type,
            name=source.name,
            url=source.url,
            api_key=source.api_key,
            verify_tls=source.verify_tls,
            ca_bundle=source.ca_bundle,
            changed_at=source.updated_at,
        ),
        settings=verdicts.switches.settings,
        is_interrupted=row.started_at is not None,
        is_known=job.external_id in verdicts.protection,
        intent=intent,
        shares_path=await jobs.shares_path(tx, job.integration_id, job.external_id, job.path),
    )


async def _verdicts(
    tx: AsyncConnection, switches: Switches, rows: Sequence[Row[Any]], integration_id: int, now: datetime
) -> Verdicts:
    group_ids = {row.disk_group_id for row in rows if row.disk_group_id is not None}
    return Verdicts(
        switches=switches,
        groups=await read_groups(tx, group_ids),
        snoozed=await jobs.snoozed_among(tx, integration_id, now),
        protection=await jobs.protection(tx, integration_id, {row.external_id for row in rows}),
    )


async def _source(tx: AsyncConnection, integration_id: int) -> Row[Any] | None:
    """The integration, if it is still enabled; kept as it is until the claim is committed."""
    row = m.Integration
    rows = select(*row.__table__.columns).where(row.id == integration_id, row.enabled, row.removed_at.is_(None))
    return (await tx.execute(rows.with_for_update(read=True))).one_or_none()


async def _pause_s(tx: AsyncConnection, integration_id: int, per_minute: int, now: datetime) -> float:
    """Seconds until the pace allows the next delete call; a clock that went back never pauses longer than one step."""
    newest = await jobs.newest_call(tx, integration_id)
    if newest is None:
        return 0.0
    step = timedelta(minutes=1) / per_minute
    return max(0.0, min(step, newest + step - now).total_seconds())


async def settle_without_upstream(tx: AsyncConnection, now: datetime) -> list[tuple[Job, Intent]]:
    """Due jobs, of any integration, that need no upstream: what is to be simulated. Locked for the caller."""
    switches = await read_switches(tx)
    untouched = m.DeletionJob.started_at.is_(None)
    rows = await jobs.due_jobs(tx, now, untouched & true())
    groups = await read_groups(tx, {row.disk_group_id for row in rows if row.disk_group_id is not None})
    verdicts = Verdicts(switches, groups, snoozed=set(), protection={})
    found = [(job := Job.of_row(row), verdicts.intent(job)) for row in rows]
    return [(job, intent) for job, intent in found if intent.act is Act.SIMULATE]
