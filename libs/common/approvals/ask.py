"""How rows that a person wanted enter the approval queue: many at once, and no item twice."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, MediaType, Trigger

_IS_OPEN = text("status in ('pending', 'approved')")
"""Literally the predicate of the unique index: with parameters Postgres would not recognise it."""

_NEVER_CHANGED = frozenset({"integration_id", "external_id", "status", "created_at"})

Item = tuple[int, str]
"""Integration id and external id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An item that a person wants deleted and somebody has to approve. `fingerprint` as in a job (S-26)."""

    integration_id: int
    media_type: MediaType
    external_id: str
    media_name: str
    size_bytes: int
    score: float
    score_details: str
    poster_url: str
    disk_group_id: int | None
    fingerprint: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """The rows that wait now, by item, and which of these items had been snoozed until now."""

    ids: dict[Item, int]
    unsnoozed: frozenset[Item]


async def ask_for_person(
    tx: AsyncConnection, questions: Iterable[Question], *, unsnooze: Iterable[Item] = (), now: datetime
) -> Asked:
    """Make a pending row of each question, or make the pending row of its item a person's own.

    An item that is approved already is left as it is and missing in the answer. The snoozes of `unsnooze` end. In one
    order for everybody, so that two transactions about the same items wait instead of deadlocking; for the same reason
    `mark_body_outdated` is left to the caller, behind the jobs it may still create.
    """
    by_item = {(one.integration_id, one.external_id): one for one in questions}
    if not by_item:
        return Asked({}, frozenset())
    ended = await _end_snoozes(tx, sorted(set(unsnooze) & by_item.keys()))
    shared = {
        "status": ApprovalStatus.PENDING,
        "trigger": Trigger.USER,
        "user_initiated": True,
        "created_at": now,
        "updated_at": now,
    }
    ids = await _upsert(tx, [asdict(by_item[item]) | shared for item in sorted(by_item)])
    return Asked(ids, ended)


async def _end_snoozes(tx: AsyncConnection, items: list[Item]) -> frozenset[Item]:
    if not items:
        return frozenset()
    row = m.ApprovalItem
    ended = await tx.execute(
        delete(row)
        .where(tuple_(row.integration_id, row.external_id).in_(items), row.status == ApprovalStatus.REJECTED)
        .returning(row.integration_id, row.external_id)
    )
    return frozenset((gone.integration_id, gone.external_id) for gone in ended)


async def _upsert(tx: AsyncConnection, rows: list[dict[str, Any]]) -> dict[Item, int]:
    row = m.ApprovalItem
    new = insert(row)
    changed: dict[str, Any] = {name: new.excluded[name] for name in rows[0] if name not in _NEVER_CHANGED}
    statement = new.on_conflict_do_update(
        index_elements=[row.integration_id, row.external_id],
        index_where=_IS_OPEN,
        set_=changed | {"version": row.version + 1, "last_error": ""},
        where=row.status == ApprovalStatus.PENDING,
    ).returning(row.id, row.integration_id, row.external_id)
    return {(made.integration_id, made.external_id): made.id for made in await tx.execute(statement, rows)}
