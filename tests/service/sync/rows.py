"""Rows as the api and the engine would have written them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, IntegrationType, RunState, RunTrigger, SnapshotState
from libs.common.security.secrets import SecretBox
from services.sync.disks import queries as disks
from services.sync.disks.discovery import discover
from services.sync.disks.mounts import Reading

SECRET_KEY = "a-secret-key-for-tests-only-0123456789"
BOX = SecretBox(SECRET_KEY)
TB = 1024**4


@dataclass
class House:
    """A database with integrations in it; what a test says happens now, happens at `now`."""

    db: Database
    now: datetime

    async def integration(self, kind: IntegrationType, url: str = "http://127.0.0.1:9", **columns: Any) -> int:
        """A configured, enabled integration."""
        values = {
            "type": kind,
            "name": kind.value,
            "url": url,
            "api_key": BOX.seal("0123456789abcdef0123456789abcdef"),
            "created_at": self.now,
            "updated_at": self.now,
            **columns,
        }
        return int(await self.scalar(insert(m.Integration).values(values).returning(m.Integration.id)))

    async def run(self) -> int:
        """A running engine run."""
        await self.execute(update(m.EngineRun).values(state=RunState.DONE))
        run = insert(m.EngineRun).values(
            state=RunState.RUNNING, trigger=RunTrigger.TIMER, requested_at=self.now, run_at=self.now
        )
        return int(await self.scalar(run.returning(m.EngineRun.id)))

    async def request(self, integration_id: int, run_id: int | None = None) -> int:
        """What the engine does to have a source read."""
        snapshot = insert(m.Snapshot).values(integration_id=integration_id, run_id=run_id, requested_at=self.now)
        return int(await self.scalar(snapshot.returning(m.Snapshot.id)))

    async def ended(
        self, integration_id: int, state: SnapshotState = SnapshotState.COMPLETE, *, at: datetime | None = None
    ) -> int:
        """A read that is over."""
        snapshot = insert(m.Snapshot).values(
            integration_id=integration_id,
            state=state,
            requested_at=self.now,
            started_at=at or self.now,
            completed_at=self.now if state is SnapshotState.COMPLETE else None,
        )
        return int(await self.scalar(snapshot.returning(m.Snapshot.id)))

    async def reports(
        self, integration_id: int, disks_: dict[str, tuple[int, int]], roots: list[str], *, at: datetime | None = None
    ) -> None:
        """An integration answered: path to (total, free) bytes, and its root folders."""
        now = at or self.now
        await self.ended(integration_id, at=now)
        async with self.db.begin() as tx:
            readings = [Reading(integration_id, path, total, free, now) for path, (total, free) in disks_.items()]
            await disks.replace_readings(tx, integration_id, readings)
            folders = [disks.Root(path, accessible=True, free_bytes=None) for path in roots]
            await disks.replace_roots(tx, integration_id, folders, now)

    async def discover(self, run_id: int | None = None) -> None:
        """What ends a round of reads."""
        async with self.db.begin() as tx:
            await disks.lock_groups(tx)
            await discover(tx, run_id=run_id, now=self.now)

    async def groups(self) -> dict[str, Any]:
        """Every disk group by its mount."""
        rows = await self.rows(select(m.DiskGroup).order_by(m.DiskGroup.mount_path))
        return {row.mount_path: row for row in rows}

    async def default_mode(self, mode: ExecutionMode, grace_days: int = 7) -> None:
        """The owner's preferences about groups."""
        prefs = m.Preferences
        await self.execute(update(prefs).values(default_disk_group_mode=mode, disk_group_grace_period_days=grace_days))

    async def events(self) -> list[str]:
        """The types of the events so far, in order."""
        return [row.type for row in await self.rows(select(m.Outbox.type).order_by(m.Outbox.seq))]

    async def rows(self, statement: Any) -> list[Any]:
        async with self.db.connect() as conn:
            return list((await conn.execute(statement)).all())

    async def scalar(self, statement: Any) -> Any:
        async with self.db.begin() as tx:
            return (await tx.execute(statement)).scalar_one()

    async def execute(self, statement: Any) -> None:
        async with self.db.begin() as tx:
            await tx.execute(statement)

    async def connect(self, instance: dict[str, str], **columns: Any) -> int:
        """A simulated upstream as an integration."""
        return await self.integration(
            IntegrationType(instance["type"]), instance["url"], api_key=BOX.seal(instance["apiKey"]), **columns
        )

    async def catalogue(self) -> dict[tuple[int, str], dict[str, Any]]:
        """Every item by (integration, external id), without the marks of the read it comes from."""
        marks = {"snapshot_id", "seen_at"}
        found = await self.rows(select(m.MediaItem).order_by(m.MediaItem.id))
        facts = [{key: value for key, value in row._asdict().items() if key not in marks} for row in found]
        return {(item["integration_id"], item["external_id"]): item for item in facts}

    async def snapshot(self, snapshot_id: int) -> Any:
        """One snapshot's row."""
        (row,) = await self.rows(select(m.Snapshot).where(m.Snapshot.id == snapshot_id))
        return row

    async def source(self, integration_id: int) -> Any:
        """One integration's row."""
        (row,) = await self.rows(select(m.Integration).where(m.Integration.id == integration_id))
        return row
