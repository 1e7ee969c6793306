"""Two ways in which a change outdates the prepared preview. Both are row changes of the caller's transaction.

The engine hears of them when that stands.
"""

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m

CHANNEL = "capacitarr_preview"
"""Notified at the commit. A notification may be lost; the row is the truth."""

_WAKE = text(f"notify {CHANNEL}")
_OUTDATE_BODY = text(
    """
    with outdated as (update preview_state set wanted_revision = wanted_revision + 1 returning wanted_revision)
    select pg_notify(:channel, '') from outdated
    """
)


async def mark_body_outdated(tx: AsyncConnection) -> None:
    """A queue changed: same scores, another `queueStatus`. The engine renders the body again, at most once a second."""
    await tx.execute(_OUTDATE_BODY, {"channel": CHANNEL})


async def mark_scores_outdated(tx: AsyncConnection) -> None:
    """Weights, rules, thresholds, preferences or integrations changed: the engine scores the catalogue again."""
    state = m.PreviewState
    await tx.execute(
        update(state).values(wanted_revision=state.wanted_revision + 1, wanted_scoring=state.wanted_scoring + 1)
    )
    await tx.execute(_WAKE)


async def wake_engine(tx: AsyncConnection) -> None:
    """What the engine may be waiting for before it scores has come, though nothing more is outdated by it."""
    await tx.execute(_WAKE)
