"""How the end of a job is recorded: appended once per job, except that an engine simulation replaces the former one."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.deletions.job import Job
from libs.common.deletions.modes import Intent
from libs.common.domain.enums import AuditAction

_ENTRY = {
    "media_name": "j.title",
    "media_type": "j.media_type",
    "external_id": "j.external_id",
    "score_details": "j.score_details",
    "action": "e.action",
    "size_bytes": "e.size_bytes",
    "score": "j.score",
    "trigger": "j.trigger",
    "dry_run_reason": "e.dry_run_reason",
    "integration_id": "j.integration_id",
    "disk_group_id": "j.disk_group_id",
    "collection_group": "j.collection_group",
    "run_id": "j.run_id",
    "job_id": "j.id",
    "reason": "e.reason",
    "evidence": "case when j.evidence is not null or j.fingerprint is not null"
    " then coalesce(j.evidence, '{}') || jsonb_build_object('fingerprint', j.fingerprint) end",
    "created_at": "cast(:now as timestamptz)",
}
"""Its columns, from the job's row and from how it ended: what was gone before we came freed nothing, whatever its size.

The evidence: who told what, and the item as it was then.
"""

_INTO = f"insert into audit_log ({', '.join(_ENTRY)}, replaces_simulation)"
_FROM = """
  from unnest(cast(:jobs as bigint[]), cast(:sizes as bigint[]), cast(:actions as text[]),
              cast(:dry_run_reasons as text[]), cast(:reasons as text[]))
       as e(job_id, size_bytes, action, dry_run_reason, reason)
  join deletion_jobs j on j.id = e.job_id
"""
_APPEND = text(
    f"""
    {_INTO} select {", ".join(_ENTRY.values())}, false {_FROM} order by j.id
    on conflict (job_id) where job_id is not null do nothing
    """
)

_IDENTITY = frozenset({"integration_id", "external_id"})
_REPLACE = text(
    f"""
    {_INTO} select distinct on (j.integration_id, j.external_id) {", ".join(_ENTRY.values())}, true {_FROM}
     order by j.integration_id, j.external_id, j.id desc
    on conflict (integration_id, external_id) where replaces_simulation
    do update set {", ".join(f"{name} = excluded.{name}" for name in _ENTRY if name not in _IDENTITY)}
    """
)
"""The newest of each item: one statement may not replace a row twice. Sorted, so that two writers lock in one order."""


async def record(tx: AsyncConnection, ended: Iterable[tuple[Job, Intent]], now: datetime) -> None:
    """Write the audit entries of jobs that ended this way, from their rows. Repeating it for a job changes nothing.

    Two statements however many they are, and nothing of their evidence travels to us and back.
    """
    appended: list[tuple[Job, Intent]] = []
    replacing: list[tuple[Job, Intent]] = []
    for job, intent in ended:
        replaces = job.upsert_audit and intent.audit_action is AuditAction.DRY_RUN
        (replacing if replaces else appended).append((job, intent))
    if appended:
        await tx.execute(_APPEND, _arrays(appended) | {"now": now})
    if replacing:
        await tx.execute(_REPLACE, _arrays(replacing) | {"now": now})


def _arrays(ended: Sequence[tuple[Job, Intent]]) -> dict[str, object]:
    return {
        "jobs": [job.id for job, _ in ended],
        "sizes": [job.size_bytes for job, _ in ended],
        "actions": [intent.audit_action.value for _, intent in ended],
        "dry_run_reasons": [intent.dry_run_reason.value for _, intent in ended],
        "reasons": [intent.reason for _, intent in ended],
    }
