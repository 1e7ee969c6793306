"""Asking for targeted reads: the first event acts at once, its repetitions are merged, whichever replica hears them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.domain.enums import RefreshKind


@dataclass(frozen=True, slots=True, order=True)
class RefreshTarget:
    """What is to be read again. Ids are the upstream's own; empty ones mean all there is of the kind."""

    kind: RefreshKind
    native_id: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a first event waits, and how far apart the begins of two reads of the same thing are at least."""

    first_after: timedelta
    apart: timedelta


_AT_ONCE = Pace(timedelta(0), timedelta(seconds=5))
PACES: Mapping[RefreshKind, Pace] = {
    RefreshKind.ITEM: _AT_ONCE,
    RefreshKind.ACTIVITY: _AT_ONCE,
    RefreshKind.REQUEST: _AT_ONCE,
    # Files of a season come one by one, and the room on a disk is shown a while after they came or went.
    RefreshKind.DISKS: Pace(timedelta(seconds=60), timedelta(seconds=60)),
    # A whole library: an import of many titles must not have it read for each of them.
    RefreshKind.SOURCE: Pace(timedelta(minutes=10), timedelta(minutes=10)),
}

NEXT_DUE = """
    greatest(cast(:now as timestamptz) + make_interval(secs => :first_after_s),
             case when r.read_at <= :now then r.read_at + make_interval(secs => :apart_s) end)
"""
"""When a thing is read next that was asked for now. A read in the future was before the clock went back."""

_ASK = text(
    f"""
    with former as (
        select state from refresh_requests
         where integration_id = :integration_id and kind = :kind and native_id = :native_id and user_id = :user_id
    )
    insert into refresh_requests as r
           (integration_id, kind, native_id, user_id, state, asked_at, due_at)
    values (:integration_id, :kind, :native_id, :user_id, 'waiting', :now,
            cast(:now as timestamptz) + make_interval(secs => :first_after_s))
    on conflict (integration_id, kind, native_id, user_id) do update
       set asked_at = excluded.asked_at,
           state = case when r.state = 'reading' then r.state else 'waiting' end,
           is_wanted_again = r.is_wanted_again or r.state = 'reading',
           due_at = case when r.state in ('waiting', 'reading') then r.due_at else {NEXT_DUE} end,
           attempts = case when r.state in ('waiting', 'reading') then r.attempts else 0 end
    returning r.state = 'waiting' and r.due_at <= :now
              and not exists (select from former f where f.state in ('waiting', 'reading')) as is_news
    """  # noqa: S608  the expression is a constant of this module
)


def paced(kind: RefreshKind) -> dict[str, float]:
    """The parameters of `NEXT_DUE`, besides `now`."""
    pace = PACES[kind]
    return {"first_after_s": pace.first_after.total_seconds(), "apart_s": pace.apart.total_seconds()}


async def request_refresh(tx: AsyncConnection, integration_id: int, target: RefreshTarget, now: datetime) -> bool:
    """Have something read again; `now` is business time. True when it is due at once and was not before: nudge then.

    One statement, so that events at the same time on several replicas merge.
    """
    asked = {
        "integration_id": integration_id,
        "kind": target.kind.value,
        "native_id": target.native_id,
        "user_id": target.user_id,
        "now": now,
        **paced(target.kind),
    }
    return bool((await tx.execute(_ASK, asked)).scalar_one())
