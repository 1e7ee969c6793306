"""Rows of the approval queue as a run leaves them, and what requests made of them."""

from typing import Any

from sqlalchemy import select

from libs.common.db import Database
from libs.common.db import models as m
from tests.service.api import rows

FINGERPRINT = {"title": "Firefly S01", "path": "/mnt/media/Firefly/Season 1", "sizeBytes": 42949672960}


async def entry(database: Database, integration_id: int, external_id: str = "12345-s1", **values: Any) -> int:
    """A season that waits for a person."""
    row = {
        "media_name": "Firefly S01",
        "media_type": "season",
        "score_details": '[{"factor":"watchHistory","rawScore":1.0,"weight":10}]',
        "size_bytes": 42949672960,
        "score": 0.875,
        "integration_id": integration_id,
        "external_id": external_id,
        "fingerprint": FINGERPRINT,
        "created_at": rows.NOW,
        "updated_at": rows.NOW,
    }
    return int(await rows.add(database, m.ApprovalItem, **{**row, **values}))


async def states(database: Database) -> dict[int, str]:
    """Status of every row by id."""
    async with database.connect() as conn:
        found = await conn.execute(select(m.ApprovalItem.id, m.ApprovalItem.status).order_by(m.ApprovalItem.id))
        return {row.id: row.status.value for row in found}


async def jobs(database: Database) -> list[Any]:
    """Every job, oldest first."""
    async with database.connect() as conn:
        return list((await conn.execute(select(m.DeletionJob.__table__).order_by(m.DeletionJob.id))).all())


async def told(database: Database) -> list[tuple[str, str]]:
    """Types and data of the approval and deletion events so far."""
    out = m.Outbox
    families = out.family.in_(("approval", "deletion"))
    async with database.connect() as conn:
        return [
            (row.type, row.data)
            for row in await conn.execute(select(out.type, out.data).where(families).order_by(out.seq))
        ]
