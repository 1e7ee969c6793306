"""What the end of an attempt means: row, audit, counters, origin row and event, in one transaction or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.deletions.audit import record
from libs.common.deletions.cancel import record_cancelled
from libs.common.deletions.events import tell
from libs.common.deletions.job import ALREADY_GONE, Job
from libs.common.deletions.modes import Act, Intent
from libs.common.deletions.origin import remove_origins, return_origins
from libs.common.domain.enums import HoldCode, JobState, Trigger
from libs.common.events.deletion import DeletionFailed, DeletionSuccess
from libs.common.preview import mark_body_outdated
from services.deleter import circuit
from services.deleter import queries_jobs as queries
from services.deleter.claimed import SOURCE, Claimed
from services.deleter.companions import stays
from services.deleter.failure import Failure
from services.deleter.last_word import still_stands
from services.deleter.queries_departed import confirm_departure, note_departure
from services.deleter.retry import next_try
from services.deleter.withdraw import withdraw_collection

log = structlog.get_logger(__name__)

Step = Callable[[AsyncConnection, datetime], Awaitable[bool]]

TROUBLES_UNTIL_HELD = 2
"""So many failures in a row hold the upstream (integrations.md 19.1)."""

_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 4.0)
"""Real time between tries to write a result down; after the last one the recovery has to ask the upstream."""

HELD_UP = "held_up"
"""Stands in a job's error class while its item, and nothing else, has to wait."""

BROKEN_PAUSE_S = 10.0
"""Real time before a job that broke our own code behind its announcement is looked at again."""

_WHY = {
    Trigger.ENGINE: "chosen by the engine",
    Trigger.APPROVAL: "approved by a person",
    Trigger.USER: "asked for by a person",
}


class Outcomes:
    """Writes results down. They answer False when the claim was lost: then nothing was written."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._troubles: dict[int, int] = {}

    async def announced(self, claimed: Claimed) -> datetime | None:
        """The delete call is about to be made; answers when, None when it must not be.

        That is when the claim was lost, or when something said since then speaks against it: then the job waits again.
        Not repeated: who cannot say so must not act.
        """
        async with self._db.begin() as tx:
            now = self._clock.now()
            if not await still_stands(tx, claimed, now):
                await queries.put_back(tx, claimed)
                return None
            if not await queries.announce(tx, claimed, now):
                return None
            await note_departure(tx, claimed.job, now)
            return now

    async def called(self, claimed: Claimed) -> bool:
        """The delete call is over."""

        async def step(tx: AsyncConnection, _: datetime) -> bool:
            return await queries.begin_verifying(tx, claimed)

        return await self._write(step)

    async def deleted(self, claimed: Claimed) -> bool:
        """We deleted it, and the upstream confirms that it is gone."""

        async def step(tx: AsyncConnection, now: datetime) -> bool:
            if not await queries.end(tx, claimed, JobState.DELETED, now):
                return False
            await queries.count_deleted(tx, claimed.job, now)
            await confirm_departure(tx, claimed.job, now)
            await self._record_gone(tx, claimed.job, _WHY[claimed.job.trigger], now)
            return True

        self._troubles.pop(claimed.source.id, None)
        return await self._write(step)

    async def found_gone(self, claimed: Claimed) -> bool:
        """It was gone before we came: done, and no byte of it counts as freed by us (T38)."""

        async def step(tx: AsyncConnection, now: datetime) -> bool:
            if not await queries.end(tx, claimed, JobState.DELETED, now, error_class=ALREADY_GONE):
                return False
            await self._record_gone(tx, replace(claimed.job, size_bytes=0), "it was gone already", now)
            return True

        self._troubles.pop(claimed.source.id, None)
        return await self._write(step)

    async def cancelled(self, claimed: Claimed, reason: str, *, because: str | None = None) -> bool:
        """It must not be deleted after all; what is left of its collection stays with it, `because` it does.

        What was remembered about its files may be why, so the next read lists them anew.
        """

        async def step(tx: AsyncConnection, now: datetime) -> bool:
            if not await queries.end(tx, claimed, JobState.CANCELLED, now, error=reason):
                return False
            await record_cancelled(tx, [claimed.job], reason, SOURCE, now)
            await withdraw_collection(tx, claimed.job, because or stays(claimed.job.title, reason), now)
            await queries.forget_files(tx, claimed)
            return True

        return await self._write(step)

    async def failed(self, claimed: Claimed, failure: Failure, began_at: datetime | None) -> bool:
        """An attempt came to nothing: another one follows, or the item goes back to where it came from.

        `began_at` is when a delete was announced that may still have an effect; None when there is no such.
        """
        troubles = self._count_trouble(claimed, failure)

        async def step(tx: AsyncConnection, now: datetime) -> bool:
            due = next_try(claimed.attempts + 1, failure.error_class, now, retry_after_s=failure.retry_after_s)
            if not await self._retry_or_end(tx, claimed, failure, due, began_at, now):
                return False
            if troubles >= TROUBLES_UNTIL_HELD:
                await circuit.hold_back(tx, claimed.source.id, HoldCode.UPSTREAM_REFUSES, failure.text, now)
            return True

        return await self._write(step)

    async def held(self, claimed: Claimed, reason: str, code: HoldCode = HoldCode.ROOT_FOLDER_INACCESSIBLE) -> bool:
        """Nothing of the upstream may be deleted now, because its folders cannot be trusted (S-22) or a media server
        does not say who is watching: all of its jobs wait. No attempt is counted.
        """

        async def step(tx: AsyncConnection, now: datetime) -> bool:
            if not await queries.wait_on(tx, claimed, now + circuit.PAUSE, reason, code):
                return False
            await circuit.hold_back(tx, claimed.source.id, code, reason, now)
            return True

        return await self._write(step)

    async def held_up(self, claimed: Claimed, reason: str) -> bool:
        """This item must not go now: it waits, and the others of its upstream go on. No attempt is counted."""

        async def step(tx: AsyncConnection, now: datetime) -> bool:
            await circuit.let_go(tx, claimed.source.id, now, (HoldCode.SESSIONS_UNKNOWN,))
            return await queries.wait_on(tx, claimed, now + circuit.PAUSE, reason, HELD_UP)

        return await self._write(step)

    async def put_back(self, claimed: Claimed) -> bool:
        """We are to stop, and nothing has been announced."""

        async def step(tx: AsyncConnection, _: datetime) -> bool:
            return await queries.put_back(tx, claimed)

        return await self._write(step)

    async def unanswered(self, claimed: Claimed, pause_s: float, why: str) -> bool:
        """What came of the call cannot be found out now; it is asked again, by whoever comes first."""

        async def step(tx: AsyncConnection, _: datetime) -> bool:
            return await queries.leave_unanswered(tx, claimed, pause_s, why)

        return await self._write(step)

    async def broken(self, claimed: Claimed, failure: Failure) -> bool:
        """An error of our own. Behind an announcement nothing is assumed: then the upstream is asked next."""
        if await self.unanswered(claimed, BROKEN_PAUSE_S, failure.text):
            return True
        return await self.failed(claimed, failure, claimed.began_at)

    async def _retry_or_end(
        self,
        tx: AsyncConnection,
        claimed: Claimed,
        failure: Failure,
        due: datetime | None,
        began_at: datetime | None,
        now: datetime,
    ) -> bool:
        if due is not None:
            return await queries.try_again(
                tx, claimed, due, began_at, error=failure.text, error_class=failure.error_class
            )
        if not await queries.end_failed(tx, claimed, now, failure.text, failure.error_class):
            return False
        job = claimed.job
        event = DeletionFailed(
            title=job.title, media_type=job.media_type, integration_id=job.integration_id, error=failure.text
        )
        await return_origins(tx, [job], errors={job.id: failure.text}, source=SOURCE, now=now)
        await tell(tx, [(job, event)], source=SOURCE, at=now)
        await mark_body_outdated(tx)
        return True

    async def _record_gone(self, tx: AsyncConnection, job: Job, reason: str, now: datetime) -> None:
        event = DeletionSuccess(
            title=job.title,
            size_bytes=job.size_bytes,
            media_type=job.media_type,
            integration_id=job.integration_id,
            collection_group=job.collection_group or None,
        )
        await record(tx, [(job, Intent(Act.REAL, reason))], now)
        await remove_origins(tx, [job])
        await circuit.let_go(tx, job.integration_id, now)
        await tell(tx, [(job, event)], source=SOURCE, at=now)
        await mark_body_outdated(tx)

    def _count_trouble(self, claimed: Claimed, failure: Failure) -> int:
        known = self._troubles.get(claimed.source.id, 0)
        self._troubles[claimed.source.id] = known + 1 if failure.is_trouble else 0
        return self._troubles[claimed.source.id]

    async def _write(self, step: Step) -> bool:
        """One transaction, repeated while the database is away or another writer was in the way."""
        for pause_s in (*_PAUSES_S, None):
            try:
                async with self._db.begin() as tx:
                    return await step(tx, self._clock.now())
            except (SQLAlchemyError, OSError) as exc:
                if pause_s is None:
                    raise
                log.warning("result not written yet", reason=type(exc).__name__)
                await asyncio.sleep(pause_s)
        return False
