"""One real deletion, step by step: look, unmonitor, announce, delete, verify, write down. Each step may be the last."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.deletions.modes import Act
from libs.common.domain.enums import MediaType
from libs.common.domain.target import DeletionTarget, InvalidTargetError
from libs.integrations.errors import (
    ErrorClass,
    OutcomeUnknownError,
    PlanOutdatedError,
    UpstreamBusyError,
    UpstreamError,
    UpstreamGoneError,
)
from libs.integrations.models import ItemState
from services.deleter import outcomes
from services.deleter import queries_jobs as jobs
from services.deleter.claimed import Claimed
from services.deleter.queries_jobs import LEASE_S, StaleFenceError
from services.deleter.recheck import Sight, reasons_to_keep
from services.deleter.upstreams import Upstream, Upstreams

log = structlog.get_logger(__name__)

VERIFY_PAUSES_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""The upstreams remove files after they have answered; after about a minute the item should be gone."""

LOOK_AGAIN_AFTER = timedelta(minutes=2)
_BEATS_PER_LEASE = 3


class Saga:
    """Carries out claimed jobs. Whatever happens, the row says what is known and what has to be found out."""

    def __init__(self, db: Database, clock: Clock, upstreams: Upstreams) -> None:
        self._db = db
        self._clock = clock
        self._upstreams = upstreams

    async def carry_out(self, claimed: Claimed) -> None:
        """To its end. An error of the upstream ends in the row; only one of the database or a lost lease comes out."""
        async with self._beating(claimed):
            try:
                target = claimed.target
                upstream = self._upstreams.of(claimed.source)
                await self._steps(claimed, target, upstream)
            except InvalidTargetError as exc:
                reason = str(exc)
                await self._write(lambda tx: outcomes.called_off(tx, claimed, reason, self._clock.now()))
            except UpstreamError as exc:
                await self._failed(claimed, exc)

    async def _steps(self, claimed: Claimed, target: DeletionTarget, upstream: Upstream) -> None:
        state = await upstream.deleter.item_state(target)
        if state is None:
            await self._gone(claimed)
        elif claimed.intent.act is not Act.REAL:
            await self._write(lambda tx: outcomes.called_off(tx, claimed, claimed.intent.reason, self._clock.now()))
        elif not await self._is_kept(claimed, state, upstream):
            await self._delete(claimed, state, upstream)

    async def _is_kept(self, claimed: Claimed, state: ItemState, upstream: Upstream) -> bool:
        now = self._clock.now()
        kept = reasons_to_keep(Sight(claimed, state, await upstream.safety(), now))
        if not kept:
            return False
        text = "; ".join(one.reason for one in kept)
        log.info("deletion kept back", title=claimed.job.title, reason=text)
        if all(one.temporary for one in kept):
            await self._write(lambda tx: outcomes.postponed(tx, claimed, text, now + LOOK_AGAIN_AFTER))
        else:
            await self._write(lambda tx: outcomes.called_off(tx, claimed, text, now))
        return True

    async def _delete(self, claimed: Claimed, state: ItemState, upstream: Upstream) -> None:
        if claimed.job.media_type is MediaType.SEASON and claimed.settings.unmonitor_seasons:
            # shows and movies leave the upstream altogether; a season would be fetched again (S-18)
            await upstream.deleter.unmonitor(claimed.target)
        await self._write(lambda tx: outcomes.announce(tx, claimed, self._clock.now()))
        try:
            await upstream.deleter.delete(
                claimed.target, planned=state, add_import_exclusion=claimed.job.add_import_exclusion
            )
        except PlanOutdatedError as exc:
            reason = str(exc)
            await self._write(lambda tx: outcomes.called_off(tx, claimed, reason, self._clock.now()))
            return
        except UpstreamGoneError:
            await self._gone(claimed)
            return
        except OutcomeUnknownError as exc:
            log.warning("outcome of a delete is not known, asking", title=claimed.job.title, error=str(exc))
        await self._verify(claimed, upstream)

    async def _verify(self, claimed: Claimed, upstream: Upstream) -> None:
        await self._write(lambda tx: outcomes.verifying(tx, claimed))
        for pause_s in VERIFY_PAUSES_S:
            await asyncio.sleep(pause_s)
            if await upstream.deleter.item_state(claimed.target) is None:
                await self._write(lambda tx: outcomes.deleted(tx, claimed, self._clock.now()))
                log.info("deleted", title=claimed.job.title, size_bytes=claimed.job.size_bytes)
                return
        error = "the upstream accepted the deletion, but the item is still there"
        await self._write(lambda tx: self._count_failure(tx, claimed, error, ErrorClass.BAD_RESPONSE))

    async def _gone(self, claimed: Claimed) -> None:
        """Gone after a call of ours was announced: ours. Gone before: somebody else's."""
        now = self._clock.now()
        if claimed.is_interrupted:
            await self._write(lambda tx: outcomes.deleted(tx, claimed, now))
        else:
            await self._write(lambda tx: outcomes.already_gone(tx, claimed, now))

    async def _failed(self, claimed: Claimed, exc: UpstreamError) -> None:
        log.warning("deletion failed", title=claimed.job.title, error=str(exc), error_class=exc.error_class)
        wait_s = exc.retry_after_s or 0.0 if isinstance(exc, UpstreamBusyError) else 0.0
        await self._write(lambda tx: self._count_failure(tx, claimed, str(exc), exc.error_class, wait_s))

    async def _count_failure(
        self, tx: AsyncConnection, claimed: Claimed, error: str, error_class: str, wait_s: float = 0.0
    ) -> None:
        await outcomes.attempt_failed(tx, claimed, error, error_class, self._clock.now(), wait_s)

    async def _write(self, change: Callable[[AsyncConnection], Awaitable[object]]) -> None:
        async with self._db.begin() as tx:
            await change(tx)

    @asynccontextmanager
    async def _beating(self, claimed: Claimed) -> AsyncIterator[None]:
        """Keeps the lease while a call is under way (T10)."""

        async def beat() -> None:
            while True:
                await asyncio.sleep(LEASE_S / _BEATS_PER_LEASE)
                try:
                    await self._write(lambda tx: jobs.renew(tx, claimed))
                except StaleFenceError:
                    return
                except (SQLAlchemyError, OSError) as exc:
                    log.warning("lease not renewed", job_id=claimed.job.id, reason=type(exc).__name__)

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()
