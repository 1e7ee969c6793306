"""The breaker of mass changes in a run: it trips, or a person's release lets that much through once."""

from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.breakers import Breaker, trip
from libs.common.domain.enums import ACTS_ALONE, HoldCode
from services.engine.facts import Facts
from services.engine.holds import is_mass_change_open, spend_release
from services.engine.mass_change import MassChange, released

log = structlog.get_logger(__name__)


async def is_too_much(
    tx: AsyncConnection, group: Row[Any], found: MassChange | None, facts: Facts, run_id: int
) -> bool:
    """Whether the run must stop at this group: it would take more than its owner allows, and nobody has released that.

    Called when nothing else holds the group. Where a person is asked, or nothing is deleted, it is only logged.
    """
    let_through = await spend_release(tx, group.id, run_id)
    if group.mode not in ACTS_ALONE or not facts.safety.deletions_enabled:
        if found is not None:
            log.warning("a run in auto would stop and ask", mount=group.mount_path, reason=found.sentence)
        return False
    is_open = await is_mass_change_open(tx, group.id)
    if found is None:
        return is_open
    if not is_open and let_through is not None and found.removed.is_within(released(let_through)):
        log.info("released mass change carried out", mount=group.mount_path, reason=found.sentence)
        return False
    await trip(tx, _breaker(group, found), source="engine", run_id=run_id, now=facts.now)
    return True


def _breaker(group: Row[Any], found: MassChange) -> Breaker:
    return Breaker(
        HoldCode.MASS_CHANGE,
        f"A run on {group.mount_path} {found.sentence}; release this hold to let that much go once",
        disk_group_id=group.id,
        details=found.details,
    )
