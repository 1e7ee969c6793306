"""Brings the disk groups to what the last round of reads says; runs inside the transaction that ends a read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.domain.enums import ExecutionMode
from libs.common.events.disk import DiskGroupReaped, DiskGroupResurrected, DiskGroupStale
from libs.common.messaging.outbox import add_event
from services.sync.disks import queries
from services.sync.disks.disputes import settle_dispute
from services.sync.disks.lifecycle import Plan, Update, mode_of_new_group, plan_groups, stale_days
from services.sync.disks.mounts import Choice, Mount, choose_mounts, merge_readings, sizes_of, twins
from services.sync.history.queries import record_usage

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Discovery:
    """What one pass did. `moves_items`: items anywhere may belong to another group now."""

    settled: bool
    moves_items: bool = False


async def discover(tx: AsyncConnection, *, run_id: int | None, now: datetime) -> Discovery:
    """Create, update, revive, mark stale and reap disk groups. The caller holds `queries.lock_groups`.

    Does nothing while a disk reporter is still being read: which mounts hold media is known only from all of them
    together. Without any enabled reporter every group is stale; if there are some and none answered, nothing changes.
    """
    reads = await queries.round_of_reads(tx)
    if not reads.settled:
        return Discovery(settled=False)
    groups = await queries.groups(tx)
    mounts = merge_readings(await queries.readings_of(tx, reads.answered))
    folders = await queries.folders_of(tx, reads.answered)
    choice = choose_mounts(folders, mounts, [group.mount_path for group in groups if group.has_size])
    _warn(choice, mounts)
    default_mode, grace_days = await queries.preferences(tx)
    plan = plan_groups(
        groups,
        choice.mounts,
        anybody_answered=bool(reads.answered) or not reads.reporters,
        now=now,
        grace=timedelta(days=grace_days),
    )
    run = await queries.run_of_round(tx, run_id)
    pass_ = _Pass(tx, now, None if run is None else run[0], reads.reporters - reads.answered)
    await pass_.carry_out(plan, default_mode)
    if run is not None and reads.answered:
        await record_usage(tx, run[1], now)
    return Discovery(settled=True, moves_items=plan.moves_items)


@dataclass(frozen=True, slots=True)
class _Pass:
    tx: AsyncConnection
    now: datetime
    run_id: int | None
    silent: frozenset[int]

    async def carry_out(self, plan: Plan, default_mode: ExecutionMode) -> None:
        for mount in plan.create:
            await self._create(mount, default_mode)
        sizes = await queries.overrides(self.tx)
        for change in plan.update:
            await self._update(change, override=sizes[change.group.id])
        await self._mark_stale(plan)
        await self._reap(plan)

    async def _create(self, mount: Mount, default_mode: ExecutionMode) -> None:
        mode = mode_of_new_group(default_mode)
        if mode is not default_mode:
            log.warning("new disk group has no sunset threshold, simulating", mount=mount.path)
        sizes = sizes_of(mount, override=None)
        group_id = await queries.create_group(self.tx, mount, sizes, mode=mode, run_id=self.run_id, now=self.now)
        await queries.replace_links(self.tx, group_id, mount.reporters, frozenset())
        await settle_dispute(self.tx, group_id, mount, override=None, run_id=self.run_id, now=self.now)
        log.info("disk group found", mount=mount.path, disk_group_id=group_id, mode=mode)

    async def _update(self, change: Update, override: int | None) -> None:
        group = change.group
        await queries.update_sizes(self.tx, group.id, sizes_of(change.mount, override), self.now)
        await queries.replace_links(self.tx, group.id, change.mount.reporters, self.silent)
        await settle_dispute(self.tx, group.id, change.mount, override=override, run_id=self.run_id, now=self.now)
        if change.stale_days is not None:
            back = DiskGroupResurrected(
                disk_group_id=group.id, mount_path=group.mount_path, stale_days=change.stale_days
            )
            await add_event(self.tx, back, source="sync", run_id=self.run_id, at=self.now)

    async def _mark_stale(self, plan: Plan) -> None:
        if not plan.mark_stale:
            return
        await queries.mark_stale(self.tx, [group.id for group in plan.mark_stale], self.now)
        for group in plan.mark_stale:
            gone = DiskGroupStale(disk_group_id=group.id, mount_path=group.mount_path)
            await add_event(self.tx, gone, source="sync", run_id=self.run_id, at=self.now)

    async def _reap(self, plan: Plan) -> None:
        if not plan.reap:
            return
        for group in plan.reap:
            days = stale_days(group.stale_since or self.now, self.now)
            reaped = DiskGroupReaped(disk_group_id=group.id, mount_path=group.mount_path, stale_days=days)
            await add_event(self.tx, reaped, source="sync", run_id=self.run_id, at=self.now)
        await queries.delete_groups(self.tx, [group.id for group in plan.reap])


def _warn(choice: Choice, mounts: list[Mount]) -> None:
    known = [mount.path for mount in mounts]
    for folder in choice.unmatched:
        log.warning("root folder lies on no reported disk", folder=folder, mounts=known)
    for folder in choice.waiting:
        log.warning("the disk of a root folder is not reported any more", folder=folder, mounts=known)
    for one, other in twins(choice.mounts):
        log.warning("two mounts look like one filesystem; what is queued for one counts for both", mounts=[one, other])
    for mount in choice.mounts:
        if mount.path == "/":
            log.warning("only the root filesystem was reported; inside a container that is not the media disk")
        if mount.room is not None:
            log.warning("no disk is reported for a root folder; set the total size of its group", folder=mount.path)
        elif mount.newest is None:
            log.warning("disk reports sizes that cannot be", mount=mount.path)
