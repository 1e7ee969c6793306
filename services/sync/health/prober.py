"""Looks after the integrations between their reads: who is due is asked, and what comes of it is written and told."""

import asyncio
from datetime import datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry, Counter
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.events.integration import IntegrationRecoveryAttempt
from libs.common.locks.leases import hold_lease
from libs.common.messaging.transient import Transient
from services.sync import integrations
from services.sync.health import queries
from services.sync.health.connections import Connections
from services.sync.health.queries import Due
from services.sync.health.report import report_failure, report_success
from services.sync.health.rules import PROBE_TICK, Failure, Verdict
from services.sync.snapshots.queries import request

log = structlog.get_logger(__name__)

LEASE = "health-probes"
_LEASE_TTL_S = 30.0
_GLANCE_S = 1.0
_READ_AGAIN_AFTER = timedelta(minutes=2)
"""A read that failed a moment ago is not repeated because a probe went well: its trouble lies where no probe looks."""


class Prober:
    """One replica at a time probes; the pauses are in business time, the lease in real time."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        connections: Connections,
        transient: Transient,
        registry: CollectorRegistry,
        owner: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._connections = connections
        self._transient = transient
        self._owner = owner
        self._probes = Counter(
            "capacitarr_probes_total", "Probes of integrations, by outcome", ["type", "outcome"], registry=registry
        )

    async def run(self) -> None:
        """Until cancelled, look once per tick of business time; a clock that jumps is noticed within a second."""
        looked_at: datetime | None = None
        try:
            while True:
                now = self._clock.now()
                if looked_at is None or not timedelta(0) <= now - looked_at < PROBE_TICK:
                    looked_at = now
                    await self._look_or_log()
                await asyncio.sleep(_GLANCE_S)
        finally:
            await self._connections.close()

    async def _look_or_log(self) -> None:
        try:
            await self.look_once()
        except Exception:
            log.exception("probing failed")

    async def look_once(self) -> int:
        """Probe everybody who is due, side by side; answers how many. 0 while another replica does it."""
        if not await self._due():
            return 0
        async with hold_lease(self._db, LEASE, self._owner, _LEASE_TTL_S) as lease:
            if lease is None:
                return 0
            await self._close_unused()
            due = await self._due()
            async with asyncio.TaskGroup() as group:
                for one in due:
                    group.create_task(self._probe(one))
            return len(due)

    async def _due(self) -> list[Due]:
        async with self._db.connect() as conn:
            return await queries.due(conn, self._clock.now())

    async def _close_unused(self) -> None:
        async with self._db.connect() as conn:
            active = await integrations.load_all_active(conn)
        await self._connections.keep_only({source.id for source in active})

    async def _probe(self, due: Due) -> None:
        failure = await self._connections.ask(due)
        now = self._clock.now()
        try:
            verdict = await self._report(due, failure, now)
        except (SQLAlchemyError, OSError) as exc:
            log.warning("probe not recorded", integration=due.source.name, reason=type(exc).__name__)
            return
        self._probes.labels(due.source.type, _outcome(failure, verdict)).inc()
        if verdict is not None and due.failures > 0:
            await self._transient.publish(_attempt(due, failure, verdict, now), at=now)

    async def _report(self, due: Due, failure: Failure | None, now: datetime) -> Verdict | None:
        """Write the outcome. None: the integration was saved, disabled or removed while it was probed (T110)."""
        source = due.source
        async with self._db.begin() as tx:
            if not await queries.hold_unchanged(tx, source):
                return None
            if failure is not None:
                return await report_failure(tx, source.id, failure, now)
            verdict = await report_success(tx, source.id, now)
            if due.is_ailing and await self._wants_read(tx, due, now):
                await request(tx, source.id, now)
            return verdict

    async def _wants_read(self, tx: AsyncConnection, due: Due, now: datetime) -> bool:
        """After an outage, so that nothing rests on old facts until the next run."""
        return due.is_down or await queries.last_read_failed_before(tx, due.source.id, now - _READ_AGAIN_AFTER)


def _outcome(failure: Failure | None, verdict: Verdict | None) -> str:
    if verdict is None:
        return "outdated"
    if failure is None:
        return "ok"
    return "failed" if verdict.health.consecutive_failures else "tolerated"


def _attempt(due: Due, failure: Failure | None, verdict: Verdict, now: datetime) -> IntegrationRecoveryAttempt:
    following = verdict.health.next_probe_at
    return IntegrationRecoveryAttempt(
        integration_id=due.source.id,
        integration_type=due.source.type,
        name=due.source.name,
        attempt=due.failures,
        success=failure is None,
        error=None if failure is None else failure.error,
        next_retry_seconds=None if failure is None or following is None else round((following - now).total_seconds()),
    )
