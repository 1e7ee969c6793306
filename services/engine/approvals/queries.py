"""All SQL by which the engine puts items before a person, and takes back what it need not ask about any more."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from libs.common.approvals.snoozing import before_listing
from libs.common.db import models as m
from libs.common.domain.enums import ACTIVE_JOB_STATES, ApprovalStatus

_Row = m.ApprovalItem
_OPEN = (ApprovalStatus.PENDING, ApprovalStatus.APPROVED)

_LOST = "its deletion was lost; approve it again"

_GIVEN = {
    "integration_id": "int8",
    "external_id": "text",
    "media_name": "text",
    "media_type": "text",
    "size_bytes": "int8",
    "score": "float8",
    "score_details": "text",
    "poster_url": "text",
    "disk_group_id": "int8",
    "collection_group": "text",
    "fingerprint": "text",
}
"""What a row says of its item, as arrays of one length."""

_ARRAYS = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in _GIVEN.items())
_ITEMS = f"""
    (select {", ".join(_GIVEN).replace("fingerprint", "cast(fingerprint as jsonb) as fingerprint")}
       from unnest({_ARRAYS}) as u({", ".join(_GIVEN)})) i
"""  # noqa: S608  every name is a constant of this module
_SHOWN = [name for name in _GIVEN if name not in {"integration_id", "external_id", "collection_group", "fingerprint"}]


def _renewed(new: str) -> str:
    """The row keeps its id, its age and who asked. Its version moves with what it is about, not with its score."""
    facts = f"coalesce(q.fingerprint, '{{}}'::jsonb) || {new}.fingerprint"
    return f"""
        {", ".join(f"{name} = {new}.{name}" for name in _SHOWN)}, fingerprint = {facts},
        version = q.version + cast(
            (q.fingerprint - 'watchEvidenceAt') is distinct from (({facts}) - 'watchEvidenceAt') as int),
        run_id = cast(:run_id as int8), updated_at = cast(:now as timestamptz)
    """


_LIST = text(
    f"""
    insert into approval_queue as q ({", ".join(_GIVEN)}, run_id, status, trigger, created_at, updated_at)
    select {", ".join(f"i.{name}" for name in _GIVEN)}, cast(:run_id as int8), 'pending', 'engine',
           cast(:now as timestamptz), cast(:now as timestamptz)
      from {_ITEMS}
     where not exists (select from approval_queue s where s.status = 'rejected'
                          and s.integration_id = i.integration_id and s.external_id = i.external_id)
     order by i.integration_id, i.external_id
    on conflict (integration_id, external_id) where status in ('pending', 'approved')
    do update set {_renewed("excluded")}, collection_group = excluded.collection_group where q.status = 'pending'
    returning (q.xmax = 0) as is_new
    """  # noqa: S608  every name is a constant of this module
)

_RENEW_USERS = text(
    f"""
    update approval_queue q set {_renewed("i")} from {_ITEMS}
     where q.status = 'pending' and q.user_initiated
       and q.integration_id = i.integration_id and q.external_id = i.external_id
    """  # noqa: S608  every name is a constant of this module
)


async def list_items(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]], run_id: int, now: datetime) -> int:
    """Make or renew the pending row of each item; answers how many are new.

    An approved row stays as it is (T18), and nothing is put beside a snooze, not even one of this moment.
    """
    await before_listing(tx)
    made = await tx.execute(_LIST, _arrays(rows) | {"run_id": run_id, "now": now})
    return sum(row.is_new for row in made)


async def renew_users_rows(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]], run_id: int, now: datetime) -> None:
    """Let pending rows of people tell what is known of their items now."""
    await tx.execute(_RENEW_USERS, _arrays(rows) | {"run_id": run_id, "now": now})


def _arrays(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in _GIVEN}


async def users_items(tx: AsyncConnection) -> set[tuple[int, str]]:
    """The items that people have put on the list."""
    rows = await tx.execute(
        select(_Row.integration_id, _Row.external_id).where(_Row.status == ApprovalStatus.PENDING, _Row.user_initiated)
    )
    return {(row.integration_id, row.external_id) for row in rows}


_DROP_OTHERS = text(
    """
    delete from approval_queue q
     where q.status = 'pending' and not q.user_initiated and q.disk_group_id = :group
       and not exists (select from unnest(cast(:integration_id as int8[]), cast(:external_id as text[]))
                                   as i(integration_id, external_id)
                        where i.integration_id = q.integration_id and i.external_id = q.external_id)
    """
)


async def drop_others(tx: AsyncConnection, disk_group_id: int, rows: Sequence[Mapping[str, Any]]) -> int:
    """Take back the engine's questions of this group that are not about these items; answers how many went."""
    kept = {name: [row[name] for row in rows] for name in ("integration_id", "external_id")}
    return int((await tx.execute(_DROP_OTHERS, kept | {"group": disk_group_id})).rowcount)


async def drop_engines_rows(tx: AsyncConnection, disk_group_id: int | None) -> int:
    """Take back all of the engine's questions of this group, or those whose group is gone (None)."""
    await before_listing(tx)
    of_group: ColumnElement[bool] = _Row.disk_group_id.is_not_distinct_from(disk_group_id)
    gone = await tx.execute(
        delete(_Row).where(_Row.status == ApprovalStatus.PENDING, _Row.user_initiated.is_(False), of_group)
    )
    return int(gone.rowcount)


async def end_snoozes(tx: AsyncConnection, now: datetime) -> int:
    """Snoozes that are over wait for a person again, or go where their item does already; answers how many."""
    is_over = (_Row.status == ApprovalStatus.REJECTED) & (_Row.snoozed_until <= now)
    other = aliased(_Row)
    waits_already = exists().where(
        other.integration_id == _Row.integration_id, other.external_id == _Row.external_id, other.status.in_(_OPEN)
    )
    needless = await tx.execute(delete(_Row).where(is_over, waits_already.correlate(_Row)))
    woken = await tx.execute(
        update(_Row)
        .where(is_over)
        .values(status=ApprovalStatus.PENDING, snoozed_until=None, version=_Row.version + 1, updated_at=now)
    )
    return int(needless.rowcount + woken.rowcount)


async def recover_orphans(tx: AsyncConnection, now: datetime) -> int:
    """Approved rows of which nothing is under way wait for a person again (S-24); one whose job exists stays (T135)."""
    job = m.DeletionJob
    has_job = exists().where(
        job.integration_id == _Row.integration_id,
        job.external_id == _Row.external_id,
        job.state.in_(ACTIVE_JOB_STATES),
    )
    moved = await tx.execute(
        update(_Row)
        .where(_Row.status == ApprovalStatus.APPROVED, ~has_job.correlate(_Row))
        .values(status=ApprovalStatus.PENDING, last_error=_LOST, version=_Row.version + 1, updated_at=now)
    )
    return int(moved.rowcount)
