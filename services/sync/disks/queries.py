"""Rows of disks: readings and root folders of an integration, disk groups and their links, raw history points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import (
    MEDIA_SOURCE_TYPES,
    ExecutionMode,
    RunState,
    SnapshotState,
)
from libs.common.domain.safety import NUMBERS
from services.sync.disks.lifecycle import Group
from services.sync.disks.mounts import Folder, Mount, Reading, Sizes
from services.sync.snapshots.queries import MEDIA

_G, _S = m.DiskGroup, m.Snapshot
_OPEN = (SnapshotState.REQUESTED, SnapshotState.READING)
_LOCK = "disk-groups"


@dataclass(frozen=True, slots=True)
class Root:
    """A root folder as an integration reported it; None is what it did not say."""

    path: str
    accessible: bool | None
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class Round:
    """All enabled disk reporters together. `settled` false: at least one of them is still being read."""

    settled: bool
    reporters: frozenset[int]
    answered: frozenset[int]


async def lock_groups(tx: AsyncConnection) -> None:
    """Make this transaction the only one that may change disk groups or give items to them.

    Taken before any row of a commit, so that two commits cannot wait for each other. The merge behind it may take
    seconds on a large library, hence the longer patience.
    """
    await tx.execute(text("set local lock_timeout = '120s'"))
    await tx.execute(text("set local statement_timeout = '300s'"))
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_LOCK, 0))))


async def replace_readings(tx: AsyncConnection, integration_id: int, readings: Sequence[Reading]) -> None:
    """The disk entries of one integration. An empty list keeps the former ones: no upstream is without any disk."""
    if not readings:
        return
    await tx.execute(delete(m.DiskReading).where(m.DiskReading.integration_id == integration_id))
    newest = {reading.path: reading for reading in readings}
    await tx.execute(
        insert(m.DiskReading),
        [
            {
                "integration_id": integration_id,
                "path": reading.path,
                "total_bytes": reading.total_bytes,
                "free_bytes": reading.free_bytes,
                "read_at": reading.read_at,
            }
            for reading in newest.values()
        ],
    )


async def replace_roots(tx: AsyncConnection, integration_id: int, roots: Sequence[Root], now: datetime) -> None:
    """The root folders of one integration; none is a possible answer."""
    await tx.execute(delete(m.RootFolder).where(m.RootFolder.integration_id == integration_id))
    by_path = {root.path: root for root in roots}
    if by_path:
        rows = [
            {
                "integration_id": integration_id,
                "path": root.path,
                "accessible": root.accessible,
                "free_bytes": root.free_bytes,
                "read_at": now,
            }
            for root in by_path.values()
        ]
        await tx.execute(insert(m.RootFolder), rows)


async def round_of_reads(tx: AsyncConnection) -> Round:
    """Who reports disks, and who did so in its newest read. A failed read of items may still have told its disks."""
    last = (
        select(_S.state, _S.started_at)
        .where(_S.integration_id == m.Integration.id, _S.capability == MEDIA)
        .order_by(_S.id.desc())
        .limit(1)
        .lateral()
    )
    fresh = (
        select(m.DiskReading.path)
        .where(m.DiskReading.integration_id == m.Integration.id, m.DiskReading.read_at >= last.c.started_at)
        .exists()
    )
    found = await tx.execute(
        select(m.Integration.id, last.c.state, fresh.label("fresh"))
        .outerjoin(last, text("true"))
        .where(m.Integration.type.in_(MEDIA_SOURCE_TYPES), m.Integration.enabled, m.Integration.removed_at.is_(None))
    )
    rows = found.all()
    return Round(
        settled=not any(row.state in _OPEN for row in rows),
        reporters=frozenset(row.id for row in rows),
        answered=frozenset(row.id for row in rows if row.fresh and row.state not in _OPEN),
    )


async def readings_of(tx: AsyncConnection, integrations: Iterable[int]) -> list[Reading]:
    """The stored disk entries of some integrations."""
    rows = await tx.execute(select(m.DiskReading).where(m.DiskReading.integration_id.in_(set(integrations))))
    return [Reading(row.integration_id, row.path, row.total_bytes, row.free_bytes, row.read_at) for row in rows]


async def folders_of(tx: AsyncConnection, integrations: Iterable[int]) -> list[Folder]:
    """The stored root folders of some integrations."""
    root = m.RootFolder
    rows = await tx.execute(select(root).where(root.integration_id.in_(set(integrations))))
    return [Folder(row.integration_id, row.path, row.accessible, row.free_bytes, row.read_at) for row in rows]


async def groups(tx: AsyncConnection) -> list[Group]:
    """Every disk group, stale ones too."""
    rows = await tx.execute(select(_G.id, _G.mount_path, _G.stale_since, _G.total_bytes).order_by(_G.id))
    return [Group(row.id, row.mount_path, row.stale_since, has_size=row.total_bytes > 0) for row in rows]


async def overrides(tx: AsyncConnection) -> Mapping[int, int | None]:
    """The size a person set for each group; None for most."""
    rows = await tx.execute(select(_G.id, _G.total_bytes_override))
    return {row.id: row.total_bytes_override for row in rows}


async def create_group(
    tx: AsyncConnection, mount: Mount, sizes: Sizes, *, mode: ExecutionMode, run_id: int | None, now: datetime
) -> int:
    """A new group with the default thresholds; answers its id."""
    made = await tx.execute(
        insert(_G)
        .values(
            mount_path=mount.path,
            mode=mode,
            discovered_in_run=run_id,
            created_at=now,
            updated_at=now,
            **asdict(sizes),
        )
        .returning(_G.id)
    )
    return made.scalar_one()


async def update_sizes(tx: AsyncConnection, group_id: int, sizes: Sizes, now: datetime) -> None:
    """New sizes, and active if it was stale. Nothing a person chose is touched."""
    await tx.execute(update(_G).where(_G.id == group_id).values(stale_since=None, updated_at=now, **asdict(sizes)))


async def mark_stale(tx: AsyncConnection, group_ids: Sequence[int], now: datetime) -> None:
    """Start the clock of groups that nobody reports any more."""
    await tx.execute(update(_G).where(_G.id.in_(group_ids)).values(stale_since=now, updated_at=now))


async def delete_groups(tx: AsyncConnection, group_ids: Sequence[int]) -> None:
    """Remove groups with their links; items and queue rows go on without a group."""
    await tx.execute(delete(_G).where(_G.id.in_(group_ids)))


async def replace_links(tx: AsyncConnection, group_id: int, reporters: frozenset[int], silent: frozenset[int]) -> None:
    """Link a group to its reporters. Who did not answer this time (`silent`) keeps the link it had."""
    link = m.DiskGroupIntegration
    kept = reporters | silent
    await tx.execute(delete(link).where(link.disk_group_id == group_id, link.integration_id.not_in(kept or {0})))
    rows = [{"disk_group_id": group_id, "integration_id": one} for one in sorted(reporters)]
    if rows:
        await tx.execute(insert(link).on_conflict_do_nothing(), rows)


async def preferences(tx: AsyncConnection) -> tuple[ExecutionMode, int]:
    """Mode of new groups, and days before a stale one is reaped."""
    row = (
        await tx.execute(select(m.Preferences.default_disk_group_mode, m.Preferences.disk_group_grace_period_days))
    ).one()
    return row.default_disk_group_mode, row.disk_group_grace_period_days


async def run_of_round(tx: AsyncConnection, run_id: int | None) -> tuple[int, datetime] | None:
    """Id and start of the run these reads are for: the one that asked, else the one that is running."""
    run = m.EngineRun
    named = run.id == run_id if run_id is not None else run.state == RunState.RUNNING
    found = await tx.execute(
        select(run.id, run.run_at)
        .where(or_(named, run.state == RunState.RUNNING), run.run_at.is_not(None))
        .order_by(run.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else (row.id, row.run_at)


async def groups_need_a_look(conn: AsyncConnection, now: datetime) -> bool:
    """True when a stale group's time is up, or groups count as active although nobody could report them."""
    enabled = select(m.Integration.id).where(
        m.Integration.type.in_(MEDIA_SOURCE_TYPES), m.Integration.enabled, m.Integration.removed_at.is_(None)
    )
    _, grace_days = await preferences(conn)
    due = select(_G.id).where(
        or_(
            _G.stale_since < now - timedelta(days=grace_days),
            and_(_G.stale_since.is_(None), ~enabled.exists()),
        )
    )
    return bool((await conn.execute(select(due.exists()))).scalar_one())


async def source_shrink_pct(tx: AsyncConnection) -> int:
    """The share of its former items below which a read is not believed, 0 to 100."""
    return NUMBERS["source_shrink_pct"].admit((await tx.execute(select(m.Preferences.source_shrink_pct))).scalar_one())
