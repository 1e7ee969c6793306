"""One integration's jobs, one after the other, until none may be claimed."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.observability.correlation import bind_correlation
from services.deleter.claim import Claims, Pause
from services.deleter.claimed import Claimed
from services.deleter.failure import Failure
from services.deleter.outcomes import Outcomes
from services.deleter.progress import Progress
from services.deleter.saga import Saga

log = structlog.get_logger(__name__)

_LONGEST_PAUSE_S = 1.0
"""Business time may jump, so a pause is never slept through at once."""


class Lane:
    """The loop behind one integration. It ends by itself; the queue opens it again when something is due."""

    def __init__(
        self, claims: Claims, saga: Saga, outcomes: Outcomes, progress: Progress, stopping: asyncio.Event
    ) -> None:
        self._claims = claims
        self._saga = saga
        self._outcomes = outcomes
        self._progress = progress
        self._stopping = stopping

    async def drain(self, integration_id: int) -> int:
        """Until there is nothing to claim; answers how many jobs were worked on. Whatever breaks, the rows go on."""
        worked_on = 0
        while not self._stopping.is_set():
            try:
                claimed = await self._claims.next(integration_id)
                if claimed is None:
                    break
                if isinstance(claimed, Pause):
                    await self._rest(min(claimed.seconds, _LONGEST_PAUSE_S))
                else:
                    worked_on += 1
                    await self._carry_out(claimed)
            except (SQLAlchemyError, OSError) as exc:
                log.warning("lane paused", integration_id=integration_id, reason=type(exc).__name__)
                await self._rest(_LONGEST_PAUSE_S)
        return worked_on

    async def _carry_out(self, claimed: Claimed) -> None:
        with bind_correlation():
            await self._progress.tell()
            try:
                await self._saga.carry_out(claimed)
            except (SQLAlchemyError, OSError):
                raise
            except Exception as exc:
                # one job that breaks our code must not stop those behind it (T35)
                log.exception("deletion broke off", job_id=claimed.job.id)
                await self._outcomes.broken(claimed, Failure.of(exc))
            await self._progress.tell()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
