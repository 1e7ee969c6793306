"""The convergence guard in a run: no new batch for a disk on which the former one's space has not appeared (S-14)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.breakers import Breaker, trip
from libs.common.domain.enums import HoldCode
from services.engine.convergence import Measure, Verdict
from services.engine.facts import Facts
from services.engine.gates import Doubt
from services.engine.holds import end_hold, open_hold
from services.engine.runs import queries_convergence as queries

TOO_SOON = "the space of what was just deleted has not appeared yet"


async def settle_convergence(
    tx: AsyncConnection, group: Row[Any], disk_ids: Collection[int], catalogue_bytes: int, facts: Facts, run_id: int
) -> list[Doubt]:
    """Measure the former batches: what has appeared is done with, what is missing holds the group.

    `disk_ids` are the group and other mounts of its filesystem, `catalogue_bytes` what their items take. Answers a
    doubt only where it is too soon to tell; holds and breakers are rows.
    """
    await queries.forgive_released(tx, disk_ids)
    min_pct = facts.safety.convergence_pct
    if min_pct == 0:
        await forget_convergence(tx, group, disk_ids, facts)
        return []
    measure = await queries.measure(tx, group, disk_ids, catalogue_bytes)
    verdict = Verdict.SHOWN if measure is None else measure.verdict(min_pct)
    if measure is None or verdict is not Verdict.MISSING:
        await end_hold(tx, group.id, HoldCode.NOT_CONVERGING, facts.now)
    if measure is not None and verdict is Verdict.SHOWN:
        await queries.confirm(tx, disk_ids, group.read_at)
    if measure is not None and verdict is Verdict.MISSING:
        await _hold(tx, group, measure, facts, run_id)
    return [Doubt(HoldCode.NOT_CONVERGING, TOO_SOON)] if verdict is Verdict.OPEN else []


async def forget_convergence(tx: AsyncConnection, group: Row[Any], disk_ids: Collection[int], facts: Facts) -> None:
    """The disk has room: whatever was deleted before is no reason to doubt the next batch."""
    await queries.confirm(tx, disk_ids, group.read_at)
    await end_hold(tx, group.id, HoldCode.NOT_CONVERGING, facts.now)


async def _hold(tx: AsyncConnection, group: Row[Any], measure: Measure, facts: Facts, run_id: int) -> None:
    """It waits by itself at first; in the end only a person can know whether that space will ever come."""
    min_pct = facts.safety.convergence_pct
    message, details = measure.sentence(group.mount_path, min_pct), measure.details(min_pct)
    if not measure.is_overdue(group.read_at):
        await open_hold(tx, group.id, Doubt(HoldCode.NOT_CONVERGING, message, details=details), run_id, facts.now)
        return
    await end_hold(tx, group.id, HoldCode.NOT_CONVERGING, facts.now)
    breaker = Breaker(
        HoldCode.NOT_CONVERGING,
        f"{message}; release this hold to go on without that space",
        disk_group_id=group.id,
        details=details,
    )
    await trip(tx, breaker, source="engine", run_id=run_id, now=facts.now)
