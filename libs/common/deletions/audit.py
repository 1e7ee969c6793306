"""How the end of a job is recorded: appended once per job, except that an engine simulation replaces the former one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import Job
from libs.common.deletions.modes import Intent
from libs.common.domain.enums import AuditAction

_ROWS_PER_STATEMENT = 1000
_IDENTITY = ("integration_id", "external_id", "replaces_simulation")


async def record(tx: AsyncConnection, ended: Iterable[tuple[Job, Intent]], now: datetime) -> None:
    """Write the audit entries of jobs that ended this way. Repeating it for a job changes nothing."""
    appended: list[dict[str, Any]] = []
    replacing: list[dict[str, Any]] = []
    for job, intent in ended:
        replaces = job.upsert_audit and intent.audit_action is AuditAction.DRY_RUN
        row = _row(job, intent, now) | {"replaces_simulation": replaces}
        (replacing if replaces else appended).append(row)
    for rows in _chunks(appended):
        await tx.execute(_append(rows))
    for rows in _chunks(_newest_per_item(replacing)):
        await tx.execute(_replace(rows))


def _row(job: Job, intent: Intent, now: datetime) -> dict[str, Any]:
    return {
        "media_name": job.title,
        "media_type": job.media_type,
        "external_id": job.external_id,
        "score_details": job.score_details,
        "action": intent.audit_action,
        "size_bytes": job.size_bytes,
        "score": job.score,
        "trigger": job.trigger,
        "dry_run_reason": intent.dry_run_reason,
        "integration_id": job.integration_id,
        "disk_group_id": job.disk_group_id,
        "collection_group": job.collection_group,
        "run_id": job.run_id,
        "job_id": job.id,
        "reason": intent.reason,
        "evidence": job.fingerprint,
        "created_at": now,
    }


def _append(rows: list[dict[str, Any]]) -> Any:
    entry = m.AuditEntry
    return (
        insert(entry)
        .values(rows)
        .on_conflict_do_nothing(index_elements=[entry.job_id], index_where=entry.job_id.is_not(None))
    )


def _replace(rows: list[dict[str, Any]]) -> Any:
    entry = m.AuditEntry
    newer = insert(entry).values(rows)
    return newer.on_conflict_do_update(
        index_elements=[entry.integration_id, entry.external_id],
        index_where=text("replaces_simulation"),
        set_={name: newer.excluded[name] for name in rows[0] if name not in _IDENTITY},
    )


def _newest_per_item(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One statement may not replace the same row twice; sorted, so that two writers lock in the same order."""
    newest = {(row["integration_id"], row["external_id"]): row for row in sorted(rows, key=lambda r: r["job_id"])}
    return [newest[key] for key in sorted(newest)]


def _chunks(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """A statement has at most 32 767 parameters."""
    return (rows[at : at + _ROWS_PER_STATEMENT] for at in range(0, len(rows), _ROWS_PER_STATEMENT))
