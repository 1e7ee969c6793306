"""All SQL about the audit log and the activity feed."""

from dataclasses import dataclass

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
)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries. `reference`: simulations of both kinds are one action, scores are raw."""

    action: str | None = None
    search: str | None = None
    sort_by: str = "created_at"
    descending: bool = True
    reference: bool = False

    def values(self) -> dict[str, object]:
        """The query's parameters."""
        return {
            "action": self.action or None,
            "merged": self.reference and self.action == "dry_delete",
            "search": f"%{_escaped(self.search)}%" if self.search else None,
        }


def _escaped(search: str) -> str:
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def audit_entries(conn: AsyncConnection, wanted: AuditFilter, limit: int, offset: int = 0) -> str:
    """Entries as a JSON array in the order asked for; equal ones newest first."""
    direction = "desc" if wanted.descending else "asc"
    order = f"{SORTABLE[wanted.sort_by]} {direction}, created_at desc, id desc"
    query = array_of(
        _entry(reference=wanted.reference),
        f"select *, row_number() over (order by {order}) as place from audit_log where {_MATCHING}"  # noqa: S608  composed of constants
        f" order by {order} limit :limit offset :offset",
    )
    return await fetch_array(conn, query, wanted.values() | {"limit": limit, "offset": offset})


async def count_entries(conn: AsyncConnection, wanted: AuditFilter) -> int:
    """How many entries fit the filter."""
    query = text(f"select count(*) from audit_log where {_MATCHING}")  # noqa: S608  composed of constants
    return int((await conn.execute(query, wanted.values())).scalar_one())


async def recent_activity(conn: AsyncConnection, limit: int) -> str:
    """The newest feed entries as a JSON array."""
    return await fetch_array(conn, _ACTIVITY, {"limit": limit})


def _entry(*, reference: bool) -> str:
    score = (RAW if reference else PERCENT).format("r.score")
    return f"""
    'id', r.id, 'mediaName', r.media_name, 'mediaType', r.media_type, 'scoreDetails', r.score_details,
    'action', {_REFERENCE_ACTION if reference else "r.action"}, 'sizeBytes', r.size_bytes, 'score', {score},
    'trigger', r.trigger, 'dryRunReason', r.dry_run_reason, 'integrationId', r.integration_id,
    'diskGroupId', r.disk_group_id, 'collectionGroup', nullif(r.collection_group, ''),
    'createdAt', {TIME.format("r.created_at")}
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
