"""What happens to the disk groups after a round of reads: created, updated, stale, revived, reaped. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from libs.common.domain.enums import ExecutionMode
from libs.common.domain.paths import path_key
from services.sync.disks.mounts import Mount


@dataclass(frozen=True, slots=True)
class Group:
    """The part of a stored disk group that discovery looks at. `has_size`: its whole size was once reported."""

    id: int
    mount_path: str
    stale_since: datetime | None
    has_size: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """An existing group whose mount was reported; `stale_days` is set when it had been stale."""

    group: Group
    mount: Mount
    stale_days: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes, in the order in which they are carried out. Thresholds and modes are in none of them (S-23)."""

    create: tuple[Mount, ...] = ()
    update: tuple[Update, ...] = ()
    mark_stale: tuple[Group, ...] = ()
    reap: tuple[Group, ...] = ()

    @property
    def moves_items(self) -> bool:
        """True when items anywhere may belong to another group afterwards. A stale group keeps its items."""
        return bool(self.create or self.reap)


def plan_groups(
    groups: Iterable[Group], mounts: Iterable[Mount], *, anybody_answered: bool, now: datetime, grace: timedelta
) -> Plan:
    """Match the stored groups with the chosen mounts.

    `anybody_answered` false means that nothing is known about the mounts: then none is marked stale. A group already
    stale keeps its clock; one that has been stale for longer than `grace` goes.
    """
    by_key = {path_key(group.mount_path): group for group in groups}
    create, update, seen = [], [], set()
    for mount in mounts:
        key = path_key(mount.path)
        group = by_key.get(key)
        if group is None:
            create.append(mount)
            continue
        seen.add(key)
        days = None if group.stale_since is None else stale_days(group.stale_since, now)
        update.append(Update(group, mount, days))
    unseen = [group for key, group in by_key.items() if key not in seen]
    newly = [group for group in unseen if group.stale_since is None] if anybody_answered else []
    return Plan(tuple(create), tuple(update), tuple(newly), tuple(_expired(unseen, newly, now, grace)))


def _expired(unseen: list[Group], newly: list[Group], now: datetime, grace: timedelta) -> list[Group]:
    waiting = [group for group in unseen if group.stale_since is not None and now - group.stale_since > grace]
    return waiting + (newly if grace <= timedelta(0) else [])


def stale_days(since: datetime, now: datetime) -> int:
    """Begun days between the two, never negative."""
    return max(ceil((now - since) / timedelta(days=1)), 0)


def mode_of_new_group(default: ExecutionMode) -> ExecutionMode:
    """The owner's default; sunset becomes dry-run, because a new group has no sunset threshold yet."""
    return ExecutionMode.DRY_RUN if default is ExecutionMode.SUNSET else default
