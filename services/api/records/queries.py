"""All SQL about the audit log and the activity feed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.rows_as_json import PERCENT, RAW, TIME, array_of, fetch_array

SORTABLE = {
    "created_at": "created_at",
    "media_name": "lower(media_name)",
    "size_bytes": "size_bytes",
    "action": "action",
}
"""What a client may sort by, and the SQL for it: never a client's text."""

_REFERENCE_ACTION = "case when r.action = 'dry_run' then 'dry_delete' else r.action end"
_MATCHING = (
    "(cast(:action as text) is null or action = :action or (:merged and action = 'dry_run'))"
    " and (cast(:search as text) is null or media_name ilike :search escape '\\')"
    " and (cast(:trigger as text) is null or trigger = :trigger)"
    " and (cast(:run as bigint) is null or run_id = :run)"
    " and (cast(:integration as bigint) is null"
    "      or coalesce(integration_id, (evidence #>> '{integration,id}')::bigint) = :integration)"
    " and (cast(:disk_group as bigint) is null"
    "      or coalesce(disk_group_id, (evidence #>> '{diskGroup,id}')::bigint) = :disk_group)"
    " and (cast(:since as timestamptz) is null or created_at >= :since)"
    " and (cast(:until as timestamptz) is null or created_at < :until)"
)
"""Entries of an integration or a disk group that is gone are found by what it was."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries, from `since` to before `until`. `reference`: simulations of both kinds are one action, scores raw.

    `with_evidence`: each entry with the facts of its decision.
    """

    action: str | None = None
    search: str | None = None
    trigger: str | None = None
    run_id: int | None = None
    integration_id: int | None = None
    disk_group_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    sort_by: str = "created_at"
    descending: bool = True
    reference: bool = False
    with_evidence: bool = True

    def values(self) -> dict[str, object]:
        """The query's parameters."""
        return {
            "action": self.action or None,
            "merged": self.reference and self.action == "dry_delete",
            "search": f"%{_escaped(self.search)}%" if self.search else None,
            "trigger": self.trigger or None,
            "run": self.run_id,
            "integration": self.integration_id,
            "disk_group": self.disk_group_id,
            "since": self.since,
            "until": self.until,
        }


def _escaped(search: str) -> str:
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def audit_entries(conn: AsyncConnection, wanted: AuditFilter, limit: int, offset: int = 0) -> str:
    """Entries as a JSON array in the order asked for; equal ones newest first."""
    direction = "desc" if wanted.descending else "asc"
    order = f"{SORTABLE[wanted.sort_by]} {direction}, created_at desc, id desc"
    query = array_of(
        _entry(reference=wanted.reference, with_evidence=wanted.with_evidence),
        f"select *, row_number() over (order by {order}) as place from audit_log where {_MATCHING}"  # noqa: S608  composed of constants
        f" order by {order} limit :limit offset :offset",
    )
    return await fetch_array(conn, query, wanted.values() | {"limit": limit, "offset": offset})


async def count_entries(conn: AsyncConnection, wanted: AuditFilter) -> int:
    """How many entries fit the filter."""
    query = text(f"select count(*) from audit_log where {_MATCHING}")  # noqa: S608  composed of constants
    return int((await conn.execute(query, wanted.values())).scalar_one())


async def item_history(conn: AsyncConnection, integration_id: int, external_id: str, limit: int) -> str:
    """The newest entries about one item as a JSON array."""
    query = array_of(
        _entry(reference=False),
        "select *, row_number() over (order by created_at desc, id desc) as place from audit_log"
        " where integration_id = :integration and external_id = :external"
        " order by created_at desc, id desc limit :limit",
    )
    return await fetch_array(conn, query, {"integration": integration_id, "external": external_id, "limit": limit})


async def recent_activity(conn: AsyncConnection, limit: int) -> str:
    """The newest feed entries as a JSON array."""
    return await fetch_array(conn, _ACTIVITY, {"limit": limit})


def _entry(*, reference: bool, with_evidence: bool = True) -> str:
    score = (RAW if reference else PERCENT).format("r.score")
    evidence = ", 'evidence', r.evidence" if with_evidence else ""
    return f"""
    'id', r.id, 'mediaName', r.media_name, 'mediaType', r.media_type, 'scoreDetails', r.score_details,
    'action', {_REFERENCE_ACTION if reference else "r.action"}, 'sizeBytes', r.size_bytes, 'score', {score},
    'trigger', r.trigger, 'dryRunReason', r.dry_run_reason, 'integrationId', r.integration_id,
    'diskGroupId', r.disk_group_id, 'collectionGroup', nullif(r.collection_group, ''),
    'createdAt', {TIME.format("r.created_at")}, 'externalId', r.external_id, 'runId', r.run_id,
    'reason', nullif(r.reason, ''){evidence}
    """


_ACTIVITY = array_of(
    f"""
    'id', r.id, 'eventType', r.event_type, 'message', r.message, 'metadata', r.metadata,
    'createdAt', {TIME.format("r.created_at")}
    """,
    """
    select *, row_number() over (order by created_at desc, id desc) as place from activity_events
     order by created_at desc, id desc limit :limit
    """,
)
