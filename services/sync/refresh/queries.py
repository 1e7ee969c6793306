"""Rows of `refresh_requests`: what is due, who reads it, and how that ended. Leases are in the database's real time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.domain.enums import RefreshKind
from libs.common.refresh import NEXT_DUE, RefreshTarget, paced

LEASE_S = 120
"""How long a silent reader keeps what it claimed."""

KEPT = timedelta(days=1)
"""How long a row is remembered after the last event about it."""

_ACTIVE = "exists (select from integrations g where g.id = r.integration_id and g.enabled and g.removed_at is null)"
_DUE = f"""
    (r.state = 'waiting' and (r.due_at <= :now or r.due_at > cast(:now as timestamptz) + interval '1 hour')
     or r.state = 'reading' and r.lease_until < clock_timestamp())
    and {_ACTIVE}
    and not exists (select from snapshots s where s.integration_id = r.integration_id and s.state = 'reading')
"""
"""While everything is being read, single things wait: what they brought would be overwritten by something older.

A plan further ahead than an hour was made by a clock that has gone back since.
"""

_KEY = "r.integration_id = :integration_id and r.kind = :kind and r.native_id = :native_id and r.user_id = :user_id"
_MINE = f"{_KEY} and r.state = 'reading' and r.lease_owner = :owner"

_DUE_INTEGRATIONS = text(f"select distinct r.integration_id from refresh_requests r where {_DUE} order by 1")  # noqa: S608  a constant of this module
_CLAIM = text(
    f"""
    with first as (
        select r.kind, r.native_id, r.user_id from refresh_requests r
         where r.integration_id = :integration_id and {_DUE}
         order by r.due_at limit 1 for update skip locked
    )
    update refresh_requests r
       set state = 'reading', read_at = :now, is_wanted_again = false, lease_owner = :owner,
           lease_until = clock_timestamp() + make_interval(secs => :lease_s)
      from first f
     where r.integration_id = :integration_id and r.kind = f.kind and r.native_id = f.native_id
       and r.user_id = f.user_id
    returning r.kind, r.native_id, r.user_id, r.asked_at, r.attempts
    """  # noqa: S608  the condition is a constant of this module
)
_SETTLE = text(
    f"""
    update refresh_requests r
       set state = case when r.is_wanted_again then 'waiting' else :state end,
           due_at = case when r.is_wanted_again then {NEXT_DUE} else r.due_at end,
           attempts = 0, error_class = :error_class, is_wanted_again = false, lease_owner = null, lease_until = null
     where {_MINE}
    """  # noqa: S608  the expressions are constants
)
_PUT_OFF = text(
    f"""
    update refresh_requests r
       set state = 'waiting', due_at = :due_at, attempts = r.attempts + :failed, error_class = :error_class,
           is_wanted_again = false, lease_owner = null, lease_until = null
     where {_MINE}
    """  # noqa: S608  the condition is a constant of this module
)
_WAITING_ITEMS = text(
    "select count(*) from refresh_requests"
    " where integration_id = :integration_id and kind = 'item' and state = 'waiting' and due_at <= :now"
)
_LEAVE_ITEMS = text(
    "update refresh_requests set state = 'done', attempts = 0"
    " where integration_id = :integration_id and kind = 'item' and state = 'waiting'"
)
_LAST_COMPLETE = text(
    "select id, started_at from snapshots where integration_id = :integration_id and state = 'complete'"
    " order by completed_at desc, id desc limit 1"
)
_COUNT_ANEW = text("update snapshots set rows_read = greatest(rows_read + :more, 0) where id = :snapshot_id")
_PRUNE = text("delete from refresh_requests where asked_at < :before and state <> 'reading'")


@dataclass(frozen=True, slots=True)
class LastRead:
    """The newest complete read of everything, whose items the catalogue shows."""

    id: int
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """The right to read one thing; `owner` is new for every claim. `began_at` is business time."""

    integration_id: int
    target: RefreshTarget
    asked_at: datetime
    began_at: datetime
    attempts: int
    owner: str


async def due_integrations(conn: AsyncConnection, now: datetime) -> Sequence[int]:
    """Integrations of which something may be read now."""
    return (await conn.execute(_DUE_INTEGRATIONS, {"now": now})).scalars().all()


async def claim(tx: AsyncConnection, integration_id: int, owner: str, now: datetime) -> Claimed | None:
    """Take what has been due longest, or what somebody fell silent over. None: nothing, or not now."""
    asked = {"integration_id": integration_id, "owner": owner, "now": now, "lease_s": LEASE_S}
    row = (await tx.execute(_CLAIM, asked)).one_or_none()
    if row is None:
        return None
    target = RefreshTarget(RefreshKind(row.kind), row.native_id, row.user_id)
    return Claimed(integration_id, target, row.asked_at, now, row.attempts, owner)


async def settle(
    tx: AsyncConnection, claimed: Claimed, now: datetime, *, state: str = "done", error_class: str = ""
) -> bool:
    """End a read; an event that came meanwhile has it read again. False: it is no longer ours. Last in its transaction.

    The row stays locked until the commit, and a sender of events waits for that.
    """
    ended = {"state": state, "error_class": error_class, "now": now, **paced(claimed.target.kind)}
    return (await tx.execute(_SETTLE, {**_mine(claimed), **ended})).rowcount == 1


async def put_off(tx: AsyncConnection, claimed: Claimed, due_at: datetime, error_class: str = "") -> None:
    """Have it read later, by anybody. With an `error_class` it counts as a failed attempt."""
    later = {"due_at": due_at, "failed": int(error_class != ""), "error_class": error_class}
    await tx.execute(_PUT_OFF, {**_mine(claimed), **later})


async def waiting_items(conn: AsyncConnection, integration_id: int, now: datetime) -> int:
    """How many titles of one integration are due."""
    return int((await conn.execute(_WAITING_ITEMS, {"integration_id": integration_id, "now": now})).scalar_one())


async def leave_items(tx: AsyncConnection, integration_id: int) -> None:
    """Titles that a read of everything brings need no reads of their own."""
    await tx.execute(_LEAVE_ITEMS, {"integration_id": integration_id})


async def last_complete(tx: AsyncConnection, integration_id: int) -> LastRead | None:
    """The read that single titles join; None before the first one."""
    row = (await tx.execute(_LAST_COMPLETE, {"integration_id": integration_id})).one_or_none()
    return None if row is None else LastRead(row.id, row.started_at)


async def count_anew(tx: AsyncConnection, snapshot_id: int, more: int) -> None:
    """Have the next read compared with as many items as there are now: what went one by one is not missing from it."""
    await tx.execute(_COUNT_ANEW, {"more": more, "snapshot_id": snapshot_id})


async def prune(tx: AsyncConnection, now: datetime) -> int:
    """Forget what nobody has spoken of for a day; answers how many."""
    return (await tx.execute(_PRUNE, {"before": now - KEPT})).rowcount


def _mine(claimed: Claimed) -> dict[str, Any]:
    target = claimed.target
    return {
        "integration_id": claimed.integration_id,
        "kind": target.kind.value,
        "native_id": target.native_id,
        "user_id": target.user_id,
        "owner": claimed.owner,
    }
