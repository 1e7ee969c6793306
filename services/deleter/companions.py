"""What speaks against a member of a collection because of the others, as long as none of them has gone (S-33, T41)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.deletions.force import forced
from libs.common.deletions.job import Job
from libs.common.domain.enums import JobState
from services.deleter import queries_claim as queries
from services.deleter.groups import Group
from services.deleter.queries_companions import companions, unready
from services.deleter.queries_due import LEFT
from services.deleter.queries_switches import Switches
from services.deleter.recheck import Kept
from services.deleter.shown import departure
from services.deleter.standing import objection

Others = Sequence[Row[*tuple[Any, ...]]]


def has_begun(others: Others) -> bool:
    """Whether a member has gone already, or may have: then keeping the rest would keep half a collection."""
    return any(other.state is JobState.DELETED or other.started_at is not None for other in others)


def stays(title: str, reason: str = "") -> str:
    """Why a member stays: because of another one."""
    return f"{title}, of the same collection, stays" + (f": {reason}" if reason else "")


async def objection_of_others(
    tx: AsyncConnection, job: Job, switches: Switches, groups: Collection[Group], now: datetime
) -> Kept | None:
    """Why this job must not be claimed, by what is stored about the others; None when nothing is."""
    others = await companions(tx, job)
    if not others or has_begun(others):
        return None
    left = next((other for other in others if other.state in LEFT), None)
    if left is not None:
        return Kept(stays(left.title))
    final = await _objection(tx, others, now)
    if final is not None:
        return final
    title = await unready(tx, [other.id for other in others], now, switches, groups)
    return None if title is None else Kept(f"{title}, of the same collection, cannot be deleted now", temporary=True)


async def _objection(tx: AsyncConnection, others: Iterable[Row[Any]], now: datetime) -> Kept | None:
    for row in others:
        other = Job.of_row(row)
        source = await queries.load_source(tx, other.integration_id)
        standing = await queries.standing(tx, other, now)
        reason = objection(standing, other.trigger, row.created_at, forced(other.fingerprint))
        if reason is None and source is not None:
            reason = departure(other, source[0], standing)
        if reason is not None:
            return Kept(stays(other.title, reason))
        if standing.is_known and not standing.is_scored:
            return Kept(f"{other.title}, of the same collection, is not scored yet", temporary=True)
    return None
