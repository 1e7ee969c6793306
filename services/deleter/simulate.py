"""The fast lane: due jobs that need no upstream, because they are simulated or their ground has gone. Unthrottled."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions import Act, Intent, cancel_waiting, effective_intent
from libs.common.deletions.audit import record
from libs.common.deletions.events import tell
from libs.common.deletions.job import Job
from libs.common.deletions.origin import return_origins
from libs.common.events.deletion import DeletionDryRun
from libs.common.preview import mark_body_outdated
from services.deleter import queries_due as queries
from services.deleter.claimed import SOURCE
from services.deleter.groups import Group
from services.deleter.needless import needless_jobs
from services.deleter.queries_switches import Switches, read_groups, read_switches

MOST_AT_ONCE = 1000
"""Jobs per transaction: large enough for hundreds a second, small enough not to hold rows for long."""


async def settle_due(tx: AsyncConnection, now: datetime, *, at_most: int = MOST_AT_ONCE) -> list[Job]:
    """End the due jobs that lead to no upstream call; answers them, no more than `at_most` by verdict."""
    switches = await read_switches(tx)
    groups = await read_groups(tx, await queries.due_groups(tx, now))
    ended = await _end_needless(tx, groups, now)
    ended += await _end_without_source(tx, now)
    rows = await queries.due_without_upstream(tx, now, switches, groups.values(), at_most)
    judged = [(job := Job.of_row(row), _intent(job, switches, groups)) for row in rows]
    ended += await _cancel(tx, judged, now)
    ended += await _simulate(tx, [(job, intent) for job, intent in judged if intent.act is Act.SIMULATE], now)
    return ended


def _intent(job: Job, switches: Switches, groups: dict[int, Group]) -> Intent:
    if job.disk_group_id is None:
        mode = switches.default_mode
    else:
        group = groups.get(job.disk_group_id)
        mode = None if group is None else group.mode
    return effective_intent(
        deletions_enabled=switches.deletions_enabled,
        group_mode=mode,
        enqueued_mode=job.enqueued_mode,
        force_dry_run=job.force_dry_run,
    )


async def _end_needless(tx: AsyncConnection, groups: dict[int, Group], now: datetime) -> list[Job]:
    """What the engine chose for a disk that needs nothing more (T28), due or not; in doubt the disk is read again."""
    needless = await needless_jobs(tx, groups.values())
    await queries.request_readings(tx, needless.perhaps, now)
    if not needless.surely:
        return []
    chosen = queries.not_held_by_others(m.DeletionJob.id.in_(sorted(needless.surely)))
    return await cancel_waiting(tx, chosen, "its disk has reached its target", SOURCE, now)


async def _end_without_source(tx: AsyncConnection, now: datetime) -> list[Job]:
    """What would be deleted through an integration that a person switched off or removed."""
    gone = queries.not_held_by_others(queries.source_is_off(now))
    return await cancel_waiting(tx, gone, "its integration is switched off", SOURCE, now)


async def _cancel(tx: AsyncConnection, judged: Sequence[tuple[Job, Intent]], now: datetime) -> list[Job]:
    by_reason: dict[str, list[int]] = {}
    for job, intent in judged:
        if intent.act is Act.CANCEL:
            by_reason.setdefault(intent.reason, []).append(job.id)
    cancelled: list[Job] = []
    for reason, ids in by_reason.items():
        cancelled += await cancel_waiting(tx, m.DeletionJob.id.in_(ids), reason, SOURCE, now)
    return cancelled


async def _simulate(tx: AsyncConnection, judged: Sequence[tuple[Job, Intent]], now: datetime) -> list[Job]:
    """One statement each for rows, audit and events, however many there are (T34)."""
    if not judged:
        return []
    jobs = [job for job, _ in judged]
    await record(tx, judged, now)  # first: behind it the rows have lost their evidence
    await queries.end_simulated(tx, [job.id for job in jobs], now)
    await return_origins(tx, jobs, errors={}, source=SOURCE, now=now)
    events = [
        (job, DeletionDryRun(title=job.title, media_type=job.media_type, size_bytes=job.size_bytes)) for job in jobs
    ]
    await tell(tx, events, source=SOURCE, at=now)
    await mark_body_outdated(tx)
    return jobs
