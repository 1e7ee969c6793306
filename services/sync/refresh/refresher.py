"""Carries out targeted reads: one claim after the other, tried again a few times, then left to the full read."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.domain.enums import RefreshKind, RefreshState
from libs.common.refresh import RefreshTarget
from libs.integrations.capabilities import Client
from libs.integrations.errors import UpstreamError
from services.sync import failures, integrations
from services.sync.enrichment.local import TitleChange
from services.sync.enrichment.merge import merge_if_outdated
from services.sync.integrations import Source, SourceChangedError
from services.sync.refresh import audience, disks, items, queries, whole
from services.sync.refresh.queries import Claimed
from services.sync.refresh.told import Ending, Outcome, Told
from services.sync.snapshots.queries import request
from services.sync.upstreams import Upstreams

log = structlog.get_logger(__name__)

ASK_DEADLINE_S = 60.0
PARALLEL = 4
READS_IN_A_ROW = 20
"""After so many the catalogue is merged before the next ones, so that a long queue shows its beginning."""

CROWD = 25
"""So many titles of one source at once are cheaper, and kinder to it, as one read of everything."""

RETRY_AFTER = (timedelta(seconds=30), timedelta(minutes=2))
"""After the first and the second failure; the third leaves the matter to the next full read."""


@dataclass(frozen=True, slots=True)
class _Read:
    """How one kind is read: ask the upstream (None: it is not asked), then keep the answer in one transaction."""

    ask: Callable[[Client, RefreshTarget], Awaitable[Any]] | None
    keep: Callable[[AsyncConnection, Told[Any]], Awaitable[Ending]]


_READS: Mapping[RefreshKind, _Read] = {
    RefreshKind.ITEM: _Read(items.ask, items.keep),
    RefreshKind.ACTIVITY: _Read(audience.ask_activity, audience.keep_activity),
    RefreshKind.REQUEST: _Read(audience.ask_request, audience.keep_request),
    RefreshKind.DISKS: _Read(disks.ask, disks.keep),
    RefreshKind.SOURCE: _Read(None, whole.keep),
}


class RefreshLostError(Exception):
    """Somebody else reads this now, because our lease ran out; nothing of our answer may be kept."""


class Refresher:
    """Reads what is due. Repeated calls and other replicas for the same integration do no harm."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        upstreams: Upstreams,
        registry: CollectorRegistry,
        new_owner: Callable[[], str],
    ) -> None:
        self._db = db
        self._clock = clock
        self._upstreams = upstreams
        self._new_owner = new_owner
        self._places = asyncio.Semaphore(PARALLEL)
        self._outcomes = Counter(
            "capacitarr_refreshes_total",
            "Targeted reads, by integration type, kind and outcome",
            ["type", "kind", "outcome"],
            registry=registry,
        )

    async def refresh(self, integration_id: int) -> int:
        """Read what is due of one integration and show it in the catalogue; answers how much was read."""
        async with self._places:
            async with self._db.connect() as conn:
                source = await integrations.load_active(conn, integration_id)
            if source is None or await self._is_crowded(source):
                return 0
            reads, changes = 0, list[TitleChange]()
            while reads < READS_IN_A_ROW and (claimed := await self._claim(source)) is not None:
                change = await self._carry_out(claimed, source)
                changes += [change] if change is not None else []
                reads += 1
            if reads:
                await merge_if_outdated(self._db, self._clock.now(), patiently=False, changes=changes)
            return reads

    async def _is_crowded(self, source: Source) -> bool:
        """Have everything read at once when very much of it is asked for."""
        now = self._clock.now()
        async with self._db.begin() as tx:
            waiting = await queries.waiting_items(tx, source.id, now)
            if waiting <= CROWD:
                return False
            await request(tx, source.id, now)
            await queries.leave_items(tx, source.id)
        log.info("many titles changed, reading all", integration=source.name, titles=waiting)
        self._count(source, RefreshKind.ITEM, Outcome.WHOLE, waiting)
        return True

    async def _claim(self, source: Source) -> Claimed | None:
        async with self._db.begin() as tx:
            return await queries.claim(tx, source.id, self._new_owner(), self._clock.now())

    async def _carry_out(self, claimed: Claimed, source: Source) -> TitleChange | None:
        """Answers what stands now that may be merged alone."""
        try:
            ending = await self._read(claimed, source)
        except SourceChangedError:
            await self._put_off(claimed)
            return None
        except RefreshLostError:
            ending = Ending(Outcome.LOST)
        except asyncio.CancelledError:
            await asyncio.shield(self._put_off(claimed))
            raise
        except Exception as exc:
            if failures.is_our_database(exc):
                raise
            ending = Ending(await self._fail(claimed, source, exc))
        self._count(source, claimed.target.kind, ending.outcome)
        log.info("refreshed", integration=source.name, kind=claimed.target.kind.value, outcome=ending.outcome.value)
        return ending.change

    async def _read(self, claimed: Claimed, source: Source) -> Ending:
        """Whatever breaks in a client is this one read's failure only."""
        read, facts = _READS[claimed.target.kind], None
        if read.ask is not None:
            async with asyncio.timeout(ASK_DEADLINE_S), self._upstreams.open(source) as client:
                facts = await read.ask(client, claimed.target)
        async with self._db.begin() as tx:
            ending = await read.keep(tx, Told(source, claimed, facts))
            if not await queries.settle(tx, claimed, self._clock.now()):
                raise RefreshLostError
        return ending

    async def _put_off(self, claimed: Claimed) -> None:
        """Anybody may read it at once."""
        async with self._db.begin() as tx:
            await queries.put_off(tx, claimed, self._clock.now())

    async def _fail(self, claimed: Claimed, source: Source, exc: Exception) -> Outcome:
        failure = failures.explain(exc, source.name)
        if failure.error_class == failures.INTERNAL:
            kind = claimed.target.kind.value
            log.error("refresh broke", integration=source.name, kind=kind, exc_info=exc)
        now = self._clock.now()
        async with self._db.begin() as tx:
            if _may_heal(exc) and claimed.attempts < len(RETRY_AFTER):
                await queries.put_off(tx, claimed, now + RETRY_AFTER[claimed.attempts], failure.error_class)
                return Outcome.FAILED
            await queries.settle(tx, claimed, now, state=RefreshState.GIVEN_UP.value, error_class=failure.error_class)
        log.warning("refresh given up", integration=source.name, error_class=failure.error_class)
        return Outcome.GIVEN_UP

    def _count(self, source: Source, kind: RefreshKind, outcome: Outcome, times: int = 1) -> None:
        self._outcomes.labels(source.type.value, kind.value, outcome.value).inc(times)


def _may_heal(exc: Exception) -> bool:
    return exc.retryable if isinstance(exc, UpstreamError) else isinstance(exc, TimeoutError)
