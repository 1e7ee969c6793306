"""Rows of `snapshots`: who reads which source, and how the read ended. Leases are in the database's real time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, DateTime, Interval, and_, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import SnapshotState

MEDIA = "media"
"""The one kind of read there is: of everything that a source tells. `source_readings` has what came of its parts."""

LEASE_S = 30
"""How long a silent reader keeps its snapshot."""

_OPEN = (SnapshotState.REQUESTED, SnapshotState.READING)
_S = m.Snapshot


@dataclass(frozen=True, slots=True)
class Claimed:
    """The right to carry out one snapshot; `owner` is new for every claim."""

    id: int
    integration_id: int
    capability: str
    run_id: int | None
    owner: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a snapshot ended. `error_class` is empty for a complete one."""

    state: SnapshotState
    rows_read: int | None = None
    error_class: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """A complete read: its size, and the business times of its begin and end."""

    rows: int
    started_at: datetime
    completed_at: datetime


def _real_now() -> ColumnElement[datetime]:
    return func.clock_timestamp(type_=DateTime(timezone=True))


def _lease_end() -> ColumnElement[datetime]:
    return _real_now() + literal(f"{LEASE_S} seconds").cast(Interval)


def _claimable() -> ColumnElement[bool]:
    abandoned = and_(_S.state == SnapshotState.READING, _S.lease_until < _real_now())
    return or_(_S.state == SnapshotState.REQUESTED, abandoned)


async def claim(tx: AsyncConnection, snapshot_id: int, owner: str, now: datetime) -> Claimed | None:
    """Take a requested snapshot, or one whose reader fell silent. None: done, or somebody else's.

    A row that a commit holds is passed over: its reader no longer renews the lease.
    """
    free = select(_S.id).where(_S.id == snapshot_id, _claimable()).with_for_update(skip_locked=True)
    taken = await tx.execute(
        update(_S)
        .where(_S.id.in_(free))
        .values(state=SnapshotState.READING, lease_owner=owner, lease_until=_lease_end(), started_at=now)
        .returning(_S.id, _S.integration_id, _S.capability, _S.run_id)
    )
    row = taken.one_or_none()
    return None if row is None else Claimed(row.id, row.integration_id, row.capability, row.run_id, owner)


async def due(tx: AsyncConnection, limit: int) -> Sequence[int]:
    """Snapshots that anybody may take, oldest first."""
    found = await tx.execute(select(_S.id).where(_claimable()).order_by(_S.id).limit(limit))
    return found.scalars().all()


async def renew(tx: AsyncConnection, claimed: Claimed) -> bool:
    """Prolong the lease; False when the snapshot is no longer ours."""
    kept = await tx.execute(
        update(_S).where(*_ours(claimed)).values(lease_until=_lease_end()).returning(_S.id),
    )
    return kept.one_or_none() is not None


async def hold(tx: AsyncConnection, claimed: Claimed) -> bool:
    """Keep our snapshot from everybody else until this transaction ends; False when it is no longer ours."""
    held = await tx.execute(select(_S.id).where(*_ours(claimed)).with_for_update())
    return held.one_or_none() is not None


async def end(tx: AsyncConnection, claimed: Claimed, ended: Ended, now: datetime) -> None:
    """Close our snapshot; the caller holds it."""
    await tx.execute(
        update(_S)
        .where(*_ours(claimed))
        .values(
            state=ended.state,
            finished_at=now,
            completed_at=now if ended.state is SnapshotState.COMPLETE else None,
            rows_read=ended.rows_read,
            error_class=ended.error_class,
            error=ended.error,
            lease_owner=None,
            lease_until=None,
        )
    )


async def give_back(tx: AsyncConnection, claimed: Claimed) -> None:
    """Let anybody start this read again from the beginning."""
    await tx.execute(
        update(_S)
        .where(*_ours(claimed))
        .values(state=SnapshotState.REQUESTED, lease_owner=None, lease_until=None, started_at=None)
    )


def _ours(claimed: Claimed) -> tuple[ColumnElement[bool], ...]:
    return (_S.id == claimed.id, _S.state == SnapshotState.READING, _S.lease_owner == claimed.owner)


async def request(tx: AsyncConnection, integration_id: int, now: datetime) -> int:
    """The open media snapshot of an integration, made if there is none."""
    made = await tx.execute(
        insert(_S)
        .values(integration_id=integration_id, capability=MEDIA, state=SnapshotState.REQUESTED, requested_at=now)
        .on_conflict_do_nothing()
        .returning(_S.id)
    )
    new = made.scalar_one_or_none()
    if new is not None:
        return new
    open_one = await tx.execute(
        select(_S.id).where(_S.integration_id == integration_id, _S.capability == MEDIA, _S.state.in_(_OPEN))
    )
    return open_one.scalar_one()


async def is_read_since(tx: AsyncConnection, integration_id: int, then: datetime) -> bool:
    """True when a media read of the integration has begun after that time, and has not failed."""
    later = select(_S.id).where(
        _S.integration_id == integration_id,
        _S.capability == MEDIA,
        _S.state.in_((SnapshotState.READING, SnapshotState.COMPLETE)),
        _S.started_at > then,
    )
    return bool((await tx.execute(select(later.exists()))).scalar_one())


async def outcome(tx: AsyncConnection, snapshot_id: int) -> Ended | None:
    """How a snapshot ended; None while it is open or when it went with its integration."""
    found = await tx.execute(
        select(_S.state, _S.rows_read, _S.error_class, _S.error).where(_S.id == snapshot_id, _S.state.not_in(_OPEN))
    )
    row = found.one_or_none()
    return None if row is None else Ended(row.state, row.rows_read, row.error_class, row.error)


async def last_complete(tx: AsyncConnection, integration_id: int) -> Completed | None:
    """The newest complete media read of an integration."""
    found = await tx.execute(
        select(_S.rows_read, _S.started_at, _S.completed_at)
        .where(
            _S.integration_id == integration_id,
            _S.capability == MEDIA,
            _S.state == SnapshotState.COMPLETE,
            _S.rows_read.is_not(None),
            _S.started_at.is_not(None),
        )
        .order_by(_S.completed_at.desc(), _S.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else Completed(row.rows_read, row.started_at, row.completed_at)
