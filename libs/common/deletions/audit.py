"""What is written down about a job for good (domain.md 1.12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import AuditAction, DryRunReason

_REPLACED = (
    "media_name",
    "media_type",
    "score_details",
    "action",
    "size_bytes",
    "score",
    "trigger",
    "dry_run_reason",
    "disk_group_id",
    "collection_group",
    "run_id",
    "job_id",
    "reason",
    "evidence",
    "created_at",
)


def entry_of_job(
    job: Row[Any], action: AuditAction, dry_run_reason: DryRunReason, *, reason: str, now: datetime
) -> dict[str, Any]:
    """The values of an audit entry. All fields are filled, whatever the outcome (T32)."""
    return {
        "media_name": job.title,
        "media_type": job.media_type,
        "external_id": job.external_id,
        "score_details": job.score_details,
        "action": action,
        "size_bytes": job.size_bytes,
        "score": job.score,
        "trigger": job.trigger,
        "dry_run_reason": dry_run_reason,
        "integration_id": job.integration_id,
        "disk_group_id": job.disk_group_id,
        "collection_group": job.collection_group,
        "run_id": job.run_id,
        "job_id": job.id,
        "reason": reason,
        "evidence": job.fingerprint,
        "created_at": now,
    }


async def append_entries(tx: AsyncConnection, entries: Sequence[dict[str, Any]]) -> None:
    """Add entries. A job that already has one keeps it: the unique job id makes a repetition harmless."""
    if entries:
        await tx.execute(upsert(m.AuditEntry).on_conflict_do_nothing(), list(entries))


async def replace_simulations(tx: AsyncConnection, entries: Sequence[dict[str, Any]]) -> None:
    """Write the engine's simulations: one row an item, newest values (T45). Real deletions are never touched."""
    if not entries:
        return
    statement = upsert(m.AuditEntry)
    statement = statement.on_conflict_do_update(
        index_elements=["integration_id", "external_id"],
        index_where=text("replaces_simulation"),
        set_={name: statement.excluded[name] for name in _REPLACED},
    )
    await tx.execute(statement, [{**entry, "replaces_simulation": True} for entry in entries])
