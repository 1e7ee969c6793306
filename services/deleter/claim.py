"""How a job is claimed: in one transaction that reads every switch and protection it depends on (S-11)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.deletions.force import forced
from libs.common.deletions.job import Job
from libs.common.domain.enums import JobState
from services.deleter import circuit
from services.deleter import queries_claim as queries
from services.deleter.claimed import Claimed, Settings, Source
from services.deleter.companions import objection_of_others
from services.deleter.groups import Group
from services.deleter.outranked import Outranked
from services.deleter.queries_doubt import wait_for_facts
from services.deleter.queries_due import due_groups
from services.deleter.queries_switches import Switches, read_groups, read_switches
from services.deleter.recheck import Kept
from services.deleter.shown import departure
from services.deleter.standing import lacks_facts, objection
from services.deleter.withdraw import withdraw

LEASE_S = 20.0
"""Real time. Three heartbeats fit in; after a crash the queue of one integration stands still for so long."""

_MOST_LOOKED_AT = 100
"""Jobs that one claim looks at; the rest is looked at by the next one."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Something is due and must not start yet; ask again in so many seconds."""

    seconds: float


class Claims:
    """Hands out the jobs of one integration after another, each to one worker only."""

    def __init__(self, db: Database, clock: Clock, owner: str, *, lease_s: float = LEASE_S) -> None:
        self._db = db
        self._clock = clock
        self._owner = owner
        self.lease_s = lease_s

    async def next(self, integration_id: int) -> Claimed | Pause | None:
        """The next job, or an interrupted one that has to be cleared up first. None: nothing to do now."""
        async with self._db.begin() as tx:
            now = self._clock.now()
            await queries.lock_claims(tx, integration_id)
            switches = await read_switches(tx)
            groups = await read_groups(tx, await due_groups(tx, now, integration_id))
            found = await queries.load_source(tx, integration_id)
            if found is None:
                return None
            source, may_delete = found
            interrupted, is_free = await self._clear_up(tx, source, switches.settings)
            if not (is_free and may_delete):
                return interrupted
            wait_s = await self._wait_s(tx, integration_id, now)
            if wait_s > 0:
                return Pause(wait_s)
            return await self._claim_best(tx, source, switches, groups.values(), now)

    async def _clear_up(self, tx: AsyncConnection, source: Source, settings: Settings) -> tuple[Claimed | None, bool]:
        """An interrupted job to ask about, if there is one, and whether nothing of the integration is under way."""
        busy = await queries.under_way(tx, source.id)
        if busy is None:
            return None, True
        if not busy.is_abandoned:
            return None, False
        if busy.state is JobState.CLAIMED:
            await _put_back(tx, busy.id)
            return None, True
        return await self._take_over(tx, busy, source, settings), False

    async def _claim_best(
        self, tx: AsyncConnection, source: Source, switches: Switches, groups: Collection[Group], now: datetime
    ) -> Claimed | None:
        if not await queries.is_scoring_current(tx):
            return None
        chosen = await _choose(tx, source, now, switches, groups)
        if chosen is None:
            return None
        row, is_known = chosen
        return await self._take(tx, row, source, switches.settings, is_known=is_known)

    async def _wait_s(self, tx: AsyncConnection, integration_id: int, now: datetime) -> float:
        rate_s = await queries.next_allowed(tx, integration_id, now)
        return max(rate_s, await circuit.pause_s(tx, integration_id, now))

    async def _take(
        self, tx: AsyncConnection, row: Row[*tuple[Any, ...]], source: Source, settings: Settings, *, is_known: bool
    ) -> Claimed:
        fence = await queries.take(tx, row.id, JobState.CLAIMED, self._owner, self.lease_s)
        return Claimed(
            job=Job.of_row(row),
            fence=fence,
            owner=self._owner,
            attempts=row.attempts,
            began_at=row.started_at,
            source=source,
            settings=settings,
            is_interrupted=False,
            is_known=is_known,
        )

    async def _take_over(
        self, tx: AsyncConnection, row: Row[*tuple[Any, ...]], source: Source, settings: Settings
    ) -> Claimed:
        """Its worker is gone and the delete call may have been made: all that is left to do is to ask."""
        fence = await queries.take(tx, row.id, JobState.VERIFYING, self._owner, self.lease_s)
        return Claimed(
            job=Job.of_row(row),
            fence=fence,
            owner=self._owner,
            attempts=row.attempts,
            began_at=row.started_at,
            source=source,
            settings=settings,
            is_interrupted=True,
            is_known=True,
        )


async def _choose(
    tx: AsyncConnection, source: Source, now: datetime, switches: Switches, groups: Collection[Group]
) -> tuple[Row[*tuple[Any, ...]], bool] | None:
    """The first job in order that nothing speaks against, and whether the catalogue knows its item.

    Those before it are cancelled, or passed over while nobody has said yet whether a rule protects them or their disk
    needs them, while too little is known about them, and while another member of their collection could not go.
    """
    passed_over: list[int] = []
    outranked = Outranked(tx, groups, switches.settings, now)
    for _ in range(_MOST_LOOKED_AT):
        row = await queries.next_job(tx, source.id, now, switches, groups, passed_over)
        if row is None:
            return None
        job = Job.of_row(row)
        standing = await queries.standing(tx, job, now)
        told = objection(standing, job.trigger, row.created_at, forced(job.fingerprint))
        reason = told or departure(job, source, standing)
        kept = Kept(reason) if reason is not None else await objection_of_others(tx, job, switches, groups, now)
        kept = kept or await outranked.objection(job, standing)
        if kept is not None and not kept.temporary:
            await withdraw(tx, job, kept.reason, now)
        elif lacks_facts(standing, job):
            await wait_for_facts(tx, source.id, now)
            passed_over.append(job.id)
        elif kept is not None or (standing.is_known and not standing.is_scored):
            passed_over.append(job.id)
        else:
            return row, standing.is_known
    return None


async def _put_back(tx: AsyncConnection, job_id: int) -> None:
    """Its worker is gone and had announced no delete: it waits as before."""
    job = m.DeletionJob
    await tx.execute(
        update(job)
        .where(job.id == job_id)
        .values(state=JobState.WAITING, lease_owner=None, lease_until=None, fence=job.fence + 1)
    )
