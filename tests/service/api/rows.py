"""Rows the other services would have written."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, JobState, MediaType, Trigger

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)


async def add(database: Database, table: type[Any], **values: Any) -> Any:
    """Insert one row; answers its id when it has one."""
    async with database.begin() as tx:
        made = await tx.execute(insert(table).values(**values).returning(*table.__table__.primary_key.columns))
        return made.one()[0]


async def disk_group(database: Database, mount: str = "/mnt/media", **values: Any) -> int:
    """A group of 2 TB that is 90 % full."""
    row = {"mount_path": mount, "total_bytes": 2 * 10**12, "used_bytes": 18 * 10**11, "created_at": NOW}
    return int(await add(database, m.DiskGroup, **{**row, "updated_at": NOW, **values}))


async def integration(database: Database, name: str = "Sonarr Main", **values: Any) -> int:
    """A Sonarr whose key nobody can open."""
    row = {"type": "sonarr", "name": name, "url": "http://sonarr:8989", "api_key": b"sealed", "created_at": NOW}
    return int(await add(database, m.Integration, **{**row, "updated_at": NOW, **values}))


async def job(database: Database, integration_id: int, title: str = "Firefly S01", **values: Any) -> int:
    """A waiting deletion that is due a minute from now by the real clock."""
    batch = await add(database, m.DeletionBatch, id=uuid4(), created_at=NOW)
    row = {
        "batch_id": batch,
        "integration_id": integration_id,
        "media_type": MediaType.SEASON,
        "external_id": "12345-s1",
        "title": title,
        "size_bytes": 42949672960,
        "score": 0.875,
        "trigger": Trigger.ENGINE,
        "enqueued_mode": ExecutionMode.AUTO,
        "state": JobState.WAITING,
        "not_before": real_now() + timedelta(seconds=60),
        "created_at": NOW,
    }
    return int(await add(database, m.DeletionJob, **{**row, **values}))


async def usage(
    database: Database, group: int | None, resolution: str, *points: tuple[timedelta, int], now: datetime = NOW
) -> None:
    """Points of a disk's history: used bytes by age before `now`."""
    made = [
        {
            "timestamp": now - age,
            "total_capacity": 2 * 10**12,
            "used_capacity": used,
            "resolution": resolution,
            "disk_group_id": group,
            "created_at": NOW,
        }
        for age, used in points
    ]
    async with database.begin() as tx:
        await tx.execute(insert(m.LibraryHistory).values(made))


def seconds(number: float) -> timedelta:
    """A span, shorter to write."""
    return timedelta(seconds=number)
