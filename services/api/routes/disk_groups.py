"""Disk groups: thresholds and modes of the mounts that discovery found."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from services.api.change import Changing, Reading
from services.api.disk_groups import queries
from services.api.disk_groups.edit import edit
from services.api.disk_groups.no_way_back import warnings
from services.api.disk_groups.wire import DiskGroup, DiskGroupChange, LinkedIntegration, ListedDiskGroup
from services.api.errors import MissingError, describe
from services.api.idempotency.route import ChangingRoute
from services.api.rows import AnyRow, as_dict
from services.api.wire import Id

router = APIRouter(prefix="/disk-groups", tags=["Disk Groups"], route_class=ChangingRoute)


async def _locked_group(group_id: Id, change: Changing) -> AnyRow:
    row = await queries.lock_group(change.tx, group_id)
    if row is None:
        raise MissingError(f"there is no disk group {group_id}")
    return row


@router.get("", responses=describe(), response_model_exclude_none=True)
async def list_disk_groups(conn: Reading) -> list[ListedDiskGroup]:
    """All disk groups, stale ones too."""
    links = await queries.linked_integrations(conn)
    return [
        ListedDiskGroup(
            **_values(row),
            warnings=warnings(row.mode, links.get(row.id, [])),
            integrations=[
                LinkedIntegration(id=link.id, name=link.name, type=link.type) for link in links.get(row.id, [])
            ],
        )
        for row in await queries.all_groups(conn)
    ]


@router.put("/{group_id}", responses=describe(400, 404), response_model_exclude_none=True)
async def update(
    stored: Annotated[AnyRow, Depends(_locked_group)], body: DiskGroupChange, change: Changing
) -> DiskGroup:
    """Set thresholds and mode. A changed mode takes back what waits, and a run follows.

    In auto and sunset `warnings` say where a deletion would be final, as far as the last reads know.
    """
    saved = await edit(change, stored, body)
    links = await queries.linked_integrations(change.tx)
    return DiskGroup(**_values(saved), warnings=warnings(saved.mode, links.get(saved.id, [])))


def _values(row: AnyRow) -> dict[str, Any]:
    return {name: value for name, value in as_dict(row).items() if name in DiskGroup.model_fields}
