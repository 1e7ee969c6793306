"""Keeps a run and people apart where both change many rows of the list: whoever is second sees what was done (T20).

Without it a run could list an item anew whose row a person is just turning into a snooze, and the two could wait for
each other's rows for ever.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_KEY = "hashtextextended('approval-snoozes', 0)"
_LISTING = text(f"select pg_advisory_xact_lock({_KEY})")
_SNOOZING = text(f"select pg_advisory_xact_lock_shared({_KEY})")


async def before_listing(tx: AsyncConnection) -> None:
    """For a run: until the transaction ends, nobody snoozes or clears. Taken behind the lock of a disk group."""
    await tx.execute(_LISTING)


async def before_snoozing(tx: AsyncConnection) -> None:
    """For people, before they lock any row: until the transaction ends, no run changes the list."""
    await tx.execute(_SNOOZING)
