"""Rows as the api and sync would have written them, and sync's part in a run."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, IntegrationType, RunState, RunTrigger, SnapshotState
from libs.common.runs import request_run
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock

GIB = 1024**3
TB = 1024**4
OPEN = (SnapshotState.REQUESTED, SnapshotState.READING)


@dataclass
class Library:
    """A database with a library in it. Times are business time."""

    db: Database
    clock: JumpingClock
    failing: dict[int, str] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    nudge: Callable[[], None] = lambda: None
    """Wakes the engine under test, as a work message would."""

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def integration(self, kind: IntegrationType = IntegrationType.RADARR, **columns: Any) -> int:
        values = {
            "type": kind,
            "name": kind.value,
            "url": "http://127.0.0.1:9",
            "api_key": b"sealed",
            "created_at": self.now,
            "updated_at": self.now,
            **columns,
        }
        return int(await self.scalar(insert(m.Integration).values(values).returning(m.Integration.id)))

    async def group(self, mode: ExecutionMode = ExecutionMode.AUTO, *, used_pct: float = 90, **columns: Any) -> int:
        """A mount of 1 TB, 85/75, `used_pct` full, read just now."""
        values = {
            "mount_path": "/data",
            "mode": mode,
            "total_bytes": TB,
            "used_bytes": int(TB * used_pct / 100),
            "threshold_pct": 85,
            "target_pct": 75,
            "read_at": self.now,
            "created_at": self.now,
            "updated_at": self.now,
            **columns,
        }
        return int(await self.scalar(insert(m.DiskGroup).values(values).returning(m.DiskGroup.id)))

    async def item(self, integration_id: int, group_id: int | None, number: int, **columns: Any) -> int:
        """A movie of 100 GB; smaller numbers were never seen less, so the order is by size, then number."""
        long_ago = self.now - timedelta(days=400)
        values = {
            "integration_id": integration_id,
            "external_id": str(number),
            "media_type": "movie",
            "title": f"Movie {number}",
            "size_bytes": 100 * GIB,
            "path": f"/data/movies/Movie {number}",
            "disk_group_id": group_id,
            "monitored": True,
            "added_at": long_ago,
            "file_added_at": long_ago,
            "file_fingerprint": f"f{number}",
            "snapshot_id": 1,
            "seen_at": self.now,
            "first_seen_at": long_ago,
            **columns,
        }
        return int(await self.scalar(insert(m.MediaItem).values(values).returning(m.MediaItem.id)))

    async def preference(self, **columns: Any) -> None:
        await self.execute(update(m.Preferences).values(**columns))

    async def snooze(self, integration_id: int, number: int) -> None:
        values = {
            "media_name": f"Movie {number}",
            "media_type": "movie",
            "integration_id": integration_id,
            "external_id": str(number),
            "status": "rejected",
            "snoozed_until": self.now + timedelta(hours=24),
            "created_at": self.now,
            "updated_at": self.now,
        }
        await self.execute(insert(m.ApprovalItem).values(values))

    async def ask_for_run(self, trigger: RunTrigger = RunTrigger.MANUAL) -> int | None:
        async with self.db.begin() as tx:
            return await request_run(tx, trigger, self.now)

    async def run(self) -> Any:
        """One more run from its request to its end; answers its row."""
        run_id = await eventually(self.ask_for_run)
        self.nudge()
        return await self.ended(run_id)

    async def ended(self, run_id: int, within_s: float = 20) -> Any:
        async def probe() -> Any:
            ended = (RunState.DONE, RunState.FAILED)
            rows = await self.rows(m.EngineRun, m.EngineRun.id == run_id, m.EngineRun.state.in_(ended))
            return rows[0] if rows else None

        return await eventually(probe, within_s=within_s)

    async def jobs(self) -> list[Any]:
        """Every job, in the order of its creation."""
        return sorted(await self.rows(m.DeletionJob), key=lambda job: job.id)

    async def queued(self) -> set[str]:
        """The external ids of all jobs."""
        return {job.external_id for job in await self.jobs()}

    async def end_jobs(self, state: str, at: datetime | None = None) -> None:
        """What the deleter does to everything that waits."""
        waiting = m.DeletionJob.state == "waiting"
        await self.execute(update(m.DeletionJob).where(waiting).values(state=state, finished_at=at or self.now))

    async def outcome(self, run_id: int, group_id: int) -> Any:
        """What a run did with a group."""
        group = m.EngineRunGroup
        (row,) = await self.rows(group, group.run_id == run_id, group.disk_group_id == group_id)
        return row

    async def open_holds(self) -> list[tuple[str, int | None, int | None]]:
        rows = await self.rows(m.Hold, m.Hold.released_at.is_(None))
        return [(row.code, row.disk_group_id, row.integration_id) for row in rows]

    async def events(self, *types: str) -> list[Any]:
        """The events of these types so far, in order; of all types if none is named."""
        rows = sorted(await self.rows(m.Outbox), key=lambda row: row.seq)
        return [row for row in rows if not types or row.type in types]

    async def play_sync(self) -> None:
        """Until cancelled, end every read at once: complete, failed as `failing` says, or never if `silent`."""
        while True:
            await self.end_reads()
            await asyncio.sleep(0.05)

    async def end_reads(self) -> None:
        snapshot = m.Snapshot
        is_open, now = snapshot.state.in_(OPEN), self.now
        bad: Collection[int] = {*self.failing, *self.silent}
        async with self.db.begin() as tx:
            done = update(snapshot).where(is_open, snapshot.integration_id.not_in(bad))
            await tx.execute(done.values(state=SnapshotState.COMPLETE, finished_at=now, completed_at=now, rows_read=1))
            for integration_id, error_class in list(self.failing.items()):
                failed = update(snapshot).where(is_open, snapshot.integration_id == integration_id)
                values = {"error_class": error_class, "error": "it did not answer", "finished_at": now}
                await tx.execute(failed.values(state=SnapshotState.FAILED, **values))

    async def rows(self, model: Any, *where: Any) -> list[Any]:
        async with self.db.connect() as conn:
            return list((await conn.execute(select(*model.__table__.columns).where(*where))).all())

    async def scalar(self, statement: Any) -> Any:
        async with self.db.begin() as tx:
            return (await tx.execute(statement)).scalar_one()

    async def execute(self, statement: Any) -> None:
        async with self.db.begin() as tx:
            await tx.execute(statement)
