"""Two hosts that call different disks by one path: the group is held until a person decides (T69)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import breakers
from libs.common.db import models as m
from libs.common.domain.enums import HoldCode
from services.sync.disks.mounts import DISPUTE_SHARE, Mount


async def settle_dispute(
    tx: AsyncConnection, group_id: int, mount: Mount, *, override: int | None, run_id: int | None, now: datetime
) -> None:
    """Hold a group whose reporters disagree about its size.

    A person ends it by setting the group's size or by releasing the hold; a released one comes back only when the
    reported sizes are no longer those that were accepted. Reporters that agree again do not end it by themselves.
    """
    breaker = _breaker(group_id, mount)
    if override:
        await breakers.withdraw(tx, breaker, now)
        return
    if not mount.is_disputed:
        return
    accepted = await breakers.last_released(tx, HoldCode.DISK_DISPUTED, m.Hold.disk_group_id == group_id)
    if accepted is not None and accepted.released_by is not None and _same_sizes(accepted.details, mount):
        return
    await breakers.trip(tx, breaker, source="sync", run_id=run_id, now=now)


def _breaker(group_id: int, mount: Mount) -> breakers.Breaker:
    sizes = ", ".join(f"{total / 1024**3:.2f} GB" for _, total in mount.totals)
    return breakers.Breaker(
        HoldCode.DISK_DISPUTED,
        f"{mount.path} has different sizes for its reporters ({sizes}); set the group's total size, or release this "
        "hold if the newest reading is right",
        disk_group_id=group_id,
        details={"mountPath": mount.path, "totals": {str(one): total for one, total in mount.totals}},
    )


def _same_sizes(details: dict[str, object], mount: Mount) -> bool:
    totals = details.get("totals")
    if not isinstance(totals, dict):
        return False
    return all(
        isinstance(before := totals.get(str(one)), int) and abs(before - total) <= max(before, total) * DISPUTE_SHARE
        for one, total in mount.totals
    )
