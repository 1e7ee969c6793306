"""The SQL by which jobs wait that nobody was asked about, while too little is known of their items (S-10, S-25)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.domain.enums import ACTS_ALONE
from services.deleter.circuit import PAUSE

IN_DOUBT = "in_doubt"
"""Stands in a job's error class meanwhile."""

_WHY = "too little is known about it now to delete it without asking; its explanation says what"

_WAIT = text(
    """
    update deletion_jobs set not_before = :until, last_error = :why, last_error_class = :in_doubt
     where id in (
        select j.id
          from deletion_jobs j
          join media_items i on i.integration_id = j.integration_id and i.external_id = j.external_id
          join preview_items p on p.item_id = i.id and p.preview_id = (select preview_id from preview_state)
         where j.integration_id = :integration_id and j.state = 'waiting' and j.not_before <= :now
           and j.trigger = 'engine' and j.enqueued_mode = any(:modes) and p.in_doubt
           for update of j skip locked)
    """
)
"""All that are due at once: one outage leaves many of them in doubt, and those behind must not wait for their turn."""


async def wait_for_facts(tx: AsyncConnection, integration_id: int, now: datetime) -> None:
    """Let the due jobs of an integration that are in doubt wait a moment. They keep their places in line."""
    values = {
        "integration_id": integration_id,
        "now": now,
        "until": now + PAUSE,
        "why": _WHY,
        "in_doubt": IN_DOUBT,
        "modes": sorted(ACTS_ALONE),
    }
    await tx.execute(_WAIT, values)
