"""Rows as the api, sync and the engine would have written them, and what the deleter made of them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.deletions import BatchRef, NewJob, enqueue_jobs, open_batch
from libs.common.domain.enums import (
    ApprovalStatus,
    ExecutionMode,
    IntegrationType,
    MediaType,
    RunState,
    RunTrigger,
    Trigger,
)
from libs.common.security.secrets import SecretBox
from tests.harness.jumping_clock import JumpingClock

SECRET_KEY = "a-secret-key-for-tests-only-0123456789"
BOX = SecretBox(SECRET_KEY)
GB = 1_000_000_000
DELAY_S = 30


@dataclass
class Owner:
    """A database in which somebody has set things up; everything happens at the clock's moment."""

    db: Database
    clock: JumpingClock

    async def integration(self, kind: IntegrationType, url: str = "http://127.0.0.1:9", **columns: Any) -> int:
        """A configured, enabled integration that may delete without pause."""
        values = {
            "type": kind,
            "name": kind.value,
            "url": url,
            "api_key": BOX.seal("0123456789abcdef0123456789abcdef"),
            "deletions_per_minute": 60_000,
            "created_at": self.clock.now(),
            "updated_at": self.clock.now(),
            **columns,
        }
        return int(await self.scalar(insert(m.Integration).values(values).returning(m.Integration.id)))

    async def group(self, mode: ExecutionMode = ExecutionMode.AUTO, mount: str = "/data/media", **columns: Any) -> int:
        """A disk group over its threshold: 2 TB, 90 % used."""
        values = {
            "mount_path": mount,
            "total_bytes": 2000 * GB,
            "used_bytes": 1800 * GB,
            "mode": mode,
            "sunset_pct": 60 if mode is ExecutionMode.SUNSET else None,
            "read_at": self.clock.now(),
            "created_at": self.clock.now(),
            "updated_at": self.clock.now(),
            **columns,
        }
        return int(await self.scalar(insert(m.DiskGroup).values(values).returning(m.DiskGroup.id)))

    async def run(self) -> int:
        """A finished engine run."""
        run = insert(m.EngineRun).values(
            state=RunState.DONE, trigger=RunTrigger.TIMER, requested_at=self.clock.now(), run_at=self.clock.now()
        )
        return int(await self.scalar(run.returning(m.EngineRun.id)))

    async def approval(self, integration_id: int, external_id: str, **columns: Any) -> int:
        """A movie that a person approved."""
        values = {
            "media_name": f"Movie {external_id}",
            "media_type": MediaType.MOVIE,
            "integration_id": integration_id,
            "external_id": external_id,
            "status": ApprovalStatus.APPROVED,
            "created_at": self.clock.now(),
            "updated_at": self.clock.now(),
            **columns,
        }
        return int(await self.scalar(insert(m.ApprovalItem).values(values).returning(m.ApprovalItem.id)))

    async def batch(self, run_id: int | None = None) -> BatchRef:
        async with self.db.begin() as tx:
            return await open_batch(tx, run_id, self.clock.now())

    async def enqueue(self, *jobs: NewJob, batch: BatchRef | None = None, delay_s: int = DELAY_S) -> list[int]:
        """Queue jobs as one batch; answers the ids of the new ones."""
        async with self.db.begin() as tx:
            ref = batch or await open_batch(tx, None, self.clock.now())
            return await enqueue_jobs(tx, jobs, batch=ref, source="engine", now=self.clock.now(), delay_s=delay_s)

    async def set_mode(self, group_id: int, mode: ExecutionMode) -> None:
        """The bare row change, without what the api does beside it."""
        group = m.DiskGroup
        await self.execute(update(group).where(group.id == group_id).values(mode=mode))

    async def prefer(self, **columns: Any) -> None:
        """Change preferences."""
        await self.execute(update(m.Preferences).values(columns))

    async def job(self, job_id: int) -> Any:
        return await self.one(select(m.DeletionJob.__table__).where(m.DeletionJob.id == job_id))

    async def states(self) -> list[str]:
        """The states of all jobs, by id."""
        return [row.state.value for row in await self.rows(select(m.DeletionJob.state).order_by(m.DeletionJob.id))]

    async def audit(self) -> list[Any]:
        """The audit log, oldest first."""
        return await self.rows(select(m.AuditEntry.__table__).order_by(m.AuditEntry.id))

    async def lifetime(self) -> tuple[int, int]:
        """Items removed and bytes reclaimed, ever."""
        stats = m.LifetimeStats
        row = await self.one(select(stats.total_items_removed, stats.total_bytes_reclaimed))
        return row.total_items_removed, row.total_bytes_reclaimed

    async def events(self, family: str = "deletion") -> list[str]:
        """The types of a family's events so far, in order."""
        out = m.Outbox
        return [row.type for row in await self.rows(select(out.type).where(out.family == family).order_by(out.seq))]

    async def rows(self, statement: Any) -> list[Any]:
        async with self.db.connect() as conn:
            return list((await conn.execute(statement)).all())

    async def one(self, statement: Any) -> Any:
        async with self.db.connect() as conn:
            return (await conn.execute(statement)).one()

    async def scalar(self, statement: Any) -> Any:
        async with self.db.begin() as tx:
            return (await tx.execute(statement)).scalar_one()

    async def execute(self, statement: Any) -> None:
        async with self.db.begin() as tx:
            await tx.execute(statement)


def movie(integration_id: int, external_id: str, **fields: Any) -> NewJob:
    """A movie that the engine wants deleted from an auto group."""
    known: dict[str, Any] = {
        "integration_id": integration_id,
        "media_type": MediaType.MOVIE,
        "external_id": external_id,
        "title": f"Movie {external_id}",
        "size_bytes": 10 * GB,
        "score": 0.5,
        "score_details": '[{"factor":"rating"}]',
        "trigger": Trigger.ENGINE,
        "disk_group_id": None,
        "enqueued_mode": ExecutionMode.AUTO,
        "force_dry_run": False,
    }
    return NewJob(**(known | fields))


def simulation(integration_id: int, external_id: str, **fields: Any) -> NewJob:
    """A movie that the engine only pretends to delete."""
    kept: dict[str, Any] = {"enqueued_mode": ExecutionMode.DRY_RUN, "force_dry_run": True, "upsert_audit": True}
    return movie(integration_id, external_id, **(kept | fields))
