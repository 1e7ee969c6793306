"""One snapshot from claim to commit: complete or not at all (S-08)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.domain.enums import MEDIA_SOURCE_TYPES, SnapshotState
from services.sync import digests, failures, integrations
from services.sync.audience.commit import AudienceEnding, commit_audience, commit_nothing
from services.sync.audience.queries import plays_wanted_since
from services.sync.audience.reading import AudienceFacts, read_audience
from services.sync.audience.staging import audience_staging
from services.sync.catalogue.staging import Staging, staging
from services.sync.commit import Ending, commit_complete, commit_failed
from services.sync.enrichment.merge import merge_if_outdated
from services.sync.health.rules import Failure
from services.sync.integrations import Source, SourceChangedError
from services.sync.reading import Facts, Step, read_source
from services.sync.snapshots import queries
from services.sync.snapshots.lease import SnapshotLostError, kept
from services.sync.snapshots.queries import Claimed, Ended
from services.sync.upstreams import Upstreams

log = structlog.get_logger(__name__)

SOURCE_DEADLINE_S = 600.0
"""How long one source may take altogether (domain.md W40)."""

PARALLEL_SOURCES = 4


@dataclass(frozen=True, slots=True)
class Report:
    """How a read ended. `failed_at` is None for a complete one, which then has its `media_count`."""

    facts: Facts
    failure: Failure | None = None
    failed_at: Step | None = None
    media_count: int | None = None


class Reader:
    """Reads sources side by side, one snapshot each. Repeated calls and other replicas for the same one do no harm."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        upstreams: Upstreams,
        new_owner: Callable[[], str],
        *,
        deadline_s: float = SOURCE_DEADLINE_S,
    ) -> None:
        self._db = db
        self._clock = clock
        self._upstreams = upstreams
        self._new_owner = new_owner
        self._deadline_s = deadline_s
        self._places = asyncio.Semaphore(PARALLEL_SOURCES)
        self._reads: set[asyncio.Task[Report | None]] = set()

    @property
    def free_places(self) -> int:
        """How many more sources may be read now."""
        return max(PARALLEL_SOURCES - len(self._reads), 0)

    async def read(self, snapshot_id: int) -> Report | None:
        """Carry out one snapshot. None: it was not ours, no longer ours, or its source changed meanwhile."""
        reading = asyncio.create_task(self._read(snapshot_id))
        self._reads.add(reading)
        reading.add_done_callback(self._reads.discard)
        try:
            return await reading
        except asyncio.CancelledError:
            reading.cancel()
            raise

    def stop(self) -> None:
        """Break off all reads; their snapshots are free for another replica at once."""
        for reading in self._reads:
            reading.cancel()

    async def _read(self, snapshot_id: int) -> Report | None:
        async with self._places:
            report = await self._claim_and_read(snapshot_id)
        if report is not None:
            await merge_if_outdated(self._db, self._clock.now())
        return report

    async def _claim_and_read(self, snapshot_id: int) -> Report | None:
        async with self._db.begin() as tx:
            claimed = await queries.claim(tx, snapshot_id, self._new_owner(), self._clock.now())
            source = None if claimed is None else await integrations.load_active(tx, claimed.integration_id)
            if claimed is None:
                return None
            if source is None:
                return await self._close_inactive(tx, claimed)
        try:
            return await self._carry_out(claimed, source)
        except SourceChangedError:
            log.info("source changed while it was read, reading again", integration=source.name)
            await self._give_back(claimed)
        except SnapshotLostError as exc:
            log.warning("read given up", integration=source.name, reason=str(exc))
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(claimed))
            raise
        return None

    async def _give_back(self, claimed: Claimed) -> None:
        async with self._db.begin() as tx:
            await queries.give_back(tx, claimed)

    async def _carry_out(self, claimed: Claimed, source: Source) -> Report:
        """Read and close. Whatever breaks in a client or in its facts is this source's failure only (T119)."""
        facts = Facts(self._clock.now())
        try:
            return await self._read_and_commit(claimed, source, facts)
        except (SourceChangedError, SnapshotLostError):
            raise
        except Exception as exc:
            if failures.is_our_database(exc):
                raise
            failure = failures.explain(exc, source.name)
            if failure.error_class == failures.INTERNAL:
                log.exception("read broke", integration=source.name, step=facts.step)
        return await self._close_failed(claimed, source, facts, failure)

    async def _read_and_commit(self, claimed: Claimed, source: Source, facts: Facts) -> Report:
        if source.type not in MEDIA_SOURCE_TYPES:
            return await self._read_audience(claimed, source, facts)
        async with staging(self._db) as stage:
            async with kept(self._db, claimed), asyncio.timeout(self._deadline_s):
                await self._ask(source, stage, facts)
            async with stage.connection.begin():
                ended = await commit_complete(stage.connection, self._ending(claimed, source, facts))
        if isinstance(ended, Failure):
            return Report(facts, ended, Step.MEDIA)
        return Report(facts, media_count=ended.media_count)

    async def _ask(self, source: Source, stage: Staging, facts: Facts) -> None:
        async with self._db.connect() as conn:
            facts.known = await digests.load(conn, source.id)
        async with self._upstreams.open(source) as client:
            await read_source(client, stage, facts)

    async def _read_audience(self, claimed: Claimed, source: Source, facts: Facts) -> Report:
        """Read a source that enriches. What of it was read whole is kept, whatever became of the rest."""
        audience = AudienceFacts(facts.asked_at)
        async with audience_staging(self._db) as stage:
            async with kept(self._db, claimed), asyncio.timeout(self._deadline_s):
                async with self._db.connect() as conn:
                    audience.since = await plays_wanted_since(conn, source.id, facts.asked_at)
                async with self._upstreams.open(source) as client:
                    facts.step = Step.TEST
                    await read_audience(client, source.name, stage, audience)
                facts.step, facts.app_version = Step.MEDIA, audience.app_version
            async with stage.connection.begin():
                ending = AudienceEnding(claimed, source, audience, self._clock.now())
                failure = await commit_audience(stage.connection, ending)
        return Report(facts, failure, None if failure is None else Step.MEDIA)

    def _ending(self, claimed: Claimed, source: Source, facts: Facts) -> Ending:
        return Ending(claimed, source, facts, self._clock.now())

    async def _close_failed(self, claimed: Claimed, source: Source, facts: Facts, failure: Failure) -> Report:
        async with self._db.begin() as tx:
            if source.type in MEDIA_SOURCE_TYPES:
                await commit_failed(tx, self._ending(claimed, source, facts), failure)
            else:
                nothing = AudienceEnding(claimed, source, AudienceFacts(facts.asked_at), self._clock.now())
                await commit_nothing(tx, nothing, failure)
        return Report(facts, failure, facts.step)

    async def _close_inactive(self, tx: AsyncConnection, claimed: Claimed) -> Report:
        """A source that was switched off or removed after the read was asked for: nothing is asked of it (T110)."""
        failure = failures.inactive()
        ended = Ended(SnapshotState.FAILED, error_class=failure.error_class, error=failure.error)
        await queries.end(tx, claimed, ended, self._clock.now())
        return Report(Facts(self._clock.now()), failure, Step.TEST)
