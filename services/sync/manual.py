"""The manual sync: every enabled integration is read now, by the same code and under the same rules as in a run."""

import asyncio
from collections.abc import Iterable

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.domain.enums import SnapshotState
from libs.common.messaging.questions import DiskEntry, SyncedAll, SyncResult
from services.sync import integrations
from services.sync.disks.queries import readings_of
from services.sync.fetch import SOURCE_DEADLINE_S, Reader, Report
from services.sync.integrations import Source
from services.sync.reading import Step
from services.sync.snapshots import queries

_POLL_S = 0.2
_ATTEMPTS = 3


class ManualSync:
    """Answers `SyncAll`. A read that is under way already is waited for, and taken when it succeeds."""

    def __init__(self, db: Database, clock: Clock, reader: Reader) -> None:
        self._db = db
        self._clock = clock
        self._reader = reader

    async def run(self) -> SyncedAll:
        """Read all enabled integrations side by side; answers them oldest first."""
        async with self._db.connect() as conn:
            sources = await integrations.load_all_active(conn)
        results = await asyncio.gather(*(self._sync(source) for source in sources))
        return SyncedAll(results=tuple(results))

    async def _sync(self, source: Source) -> SyncResult:
        for _ in range(_ATTEMPTS):
            async with self._db.begin() as tx:
                snapshot_id = await queries.request(tx, source.id, self._clock.now())
            report = await self._reader.read(snapshot_id)
            if report is not None:
                return result_of(source, report)
            if await self._completed_elsewhere(snapshot_id):
                return await self._stored(source)
        return _result(source, error=f"{source.name} could not be read now; try again.")

    async def _completed_elsewhere(self, snapshot_id: int) -> bool:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + SOURCE_DEADLINE_S
        while loop.time() < give_up_at:
            async with self._db.connect() as conn:
                ended = await queries.outcome(conn, snapshot_id)
            if ended is not None:
                return ended.state is SnapshotState.COMPLETE
            await asyncio.sleep(_POLL_S)
        return False

    async def _stored(self, source: Source) -> SyncResult:
        async with self._db.connect() as conn:
            readings = await readings_of(conn, [source.id])
            count = await integrations.media_count(conn, source.id)
        disks = _disk_entries((one.path, one.total_bytes, one.free_bytes) for one in readings)
        return _result(source, disk_space=disks, media_count=count)


def result_of(source: Source, report: Report) -> SyncResult:
    """One row of the answer. Only a failed test makes the status an error."""
    facts, failure = report.facts, report.failure
    disks = None if facts.disks is None else _disk_entries(facts.disks.entries)
    errors = {Step.TEST: "error", Step.DISKS: "disk_error", Step.MEDIA: "media_error"}
    told = {} if failure is None or report.failed_at is None else {errors[report.failed_at]: failure.error}
    return _result(source, disk_space=disks, media_count=report.media_count, **told)


def _disk_entries(disks: Iterable[tuple[str, int, int]]) -> tuple[DiskEntry, ...]:
    """Disks whose sizes the upstream told."""
    return tuple(
        DiskEntry(path=path, total_bytes=total, free_bytes=free) for path, total, free in disks if min(total, free) >= 0
    )


def _result(source: Source, *, error: str | None = None, **parts: object) -> SyncResult:
    return SyncResult.model_validate(
        {
            "id": source.id,
            "name": source.name,
            "type": source.type,
            "status": "ok" if error is None else "error",
            "error": error,
            **parts,
        }
    )
