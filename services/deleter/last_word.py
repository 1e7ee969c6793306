"""The last word before the call: what was said since the claim, while the upstream was asked, counts too (S-11)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions import Act, effective_intent
from libs.common.deletions.force import forced
from libs.common.deletions.job import Job
from libs.common.domain.enums import Trigger
from services.deleter import queries_claim as queries
from services.deleter.claimed import Claimed
from services.deleter.companions import Others, has_begun, objection_of_others
from services.deleter.groups import Group
from services.deleter.needless import is_needless
from services.deleter.outranked import Outranked
from services.deleter.queries_companions import companions, lock_free
from services.deleter.queries_switches import Switches, read_groups, read_switches
from services.deleter.shown import departure
from services.deleter.standing import Standing, lacks_facts, objection


async def still_stands(tx: AsyncConnection, claimed: Claimed, now: datetime) -> bool:
    """Whether the job would be claimed again now. Nothing of that can change before the caller's transaction ends.

    Rows are locked in the order of a claim. Why it does not stand is for the next claim to find, which also says so.
    """
    job = claimed.job
    others = await companions(tx, job)
    switches = await read_switches(tx)
    places = {job.disk_group_id, *(other.disk_group_id for other in others)}
    groups = await read_groups(tx, [place for place in places if place is not None])
    queued_at = await _locked(tx, job.id)
    if queued_at is None or not await queries.is_scoring_current(tx):
        return False
    found = await queries.load_source(tx, claimed.source.id)
    if found != (claimed.source, True):
        return False
    if not _may_delete(claimed, switches, groups) or await _is_needless(tx, claimed, queued_at, groups):
        return False
    standing = await queries.standing(tx, job, now)
    if _speaks_against(claimed, standing, queued_at):
        return False
    if await Outranked(tx, groups.values(), switches.settings, now).objection(job, standing) is not None:
        return False
    return await _go_along(tx, job, others, switches, groups.values(), now)


def _speaks_against(claimed: Claimed, standing: Standing, queued_at: datetime) -> bool:
    """Whether what is stored about the item by now does."""
    job = claimed.job
    if lacks_facts(standing, job) or (standing.is_known and not standing.is_scored):
        return True
    told = objection(standing, job.trigger, queued_at, forced(job.fingerprint))
    return (told or departure(job, claimed.source, standing)) is not None


async def _go_along(
    tx: AsyncConnection, job: Job, others: Others, switches: Switches, groups: Collection[Group], now: datetime
) -> bool:
    """Whether the rest of its collection would go too. What somebody is changing just now is not waited for."""
    if not others or has_begun(others):
        return True
    ids = [other.id for other in others]
    if await lock_free(tx, ids) < len(ids):
        return False
    return await objection_of_others(tx, job, switches, groups, now) is None


async def _locked(tx: AsyncConnection, job_id: int) -> datetime | None:
    """When the job was queued; its row is ours from here on."""
    job = m.DeletionJob
    found = await tx.execute(select(job.created_at).where(job.id == job_id).with_for_update())
    return found.scalar_one_or_none()


def _may_delete(claimed: Claimed, switches: Switches, groups: dict[int, Group]) -> bool:
    job = claimed.job
    group = None if job.disk_group_id is None else groups.get(job.disk_group_id)
    mode = group.mode if group is not None else switches.default_mode if job.disk_group_id is None else None
    intent = effective_intent(
        deletions_enabled=switches.deletions_enabled,
        group_mode=mode,
        enqueued_mode=job.enqueued_mode,
        force_dry_run=job.force_dry_run,
    )
    return intent.act is Act.REAL and not (group is not None and group.is_held and job.trigger is not Trigger.USER)


async def _is_needless(tx: AsyncConnection, claimed: Claimed, queued_at: datetime, groups: dict[int, Group]) -> bool:
    """Only the engine's choices can be. A collection's member may go for the sake of another disk, and has no say."""
    job = claimed.job
    if job.trigger is not Trigger.ENGINE or job.collection_group:
        return False
    for group in groups.values():
        if not group.takes_engine_jobs or await is_needless(tx, job, queued_at, group):
            return True
    return False
