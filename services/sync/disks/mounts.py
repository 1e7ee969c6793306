"""Which mounts the reported disks and root folders amount to. Pure (domain.md 4.5, integrations.md 18)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from libs.common.domain.paths import most_specific, normalise_path, path_key

DISPUTE_SHARE = 0.01
"""Reporters of one path whose totals differ by more than this share do not see the same disk."""

_SAME_SHARE = 0.01
_READ_TOGETHER = timedelta(seconds=60)

_ROOT = "/"


@dataclass(frozen=True, slots=True)
class Reading:
    """One disk entry of one integration, as it was reported."""

    integration_id: int
    path: str
    total_bytes: int
    free_bytes: int
    read_at: datetime

    @property
    def is_plausible(self) -> bool:
        """False for what no disk can be: no size, or more free space than size."""
        return self.total_bytes > 0 and 0 <= self.free_bytes <= self.total_bytes


@dataclass(frozen=True, slots=True)
class Folder:
    """One root folder of one integration. None is what it did not say."""

    integration_id: int
    path: str
    is_accessible: bool | None
    free_bytes: int | None
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Mount:
    """One path and everybody who reported it. `newest` is None when no reading of it was plausible: size unknown.

    `room` is set instead when no disk was reported and a root folder told its free space, but of how much.
    """

    path: str
    reporters: frozenset[int]
    newest: Reading | None
    totals: tuple[tuple[int, int], ...]
    room: Folder | None = None

    @property
    def is_disputed(self) -> bool:
        """True when its reporters cannot be looking at the same disk."""
        sizes = [total for _, total in self.totals]
        return len(sizes) > 1 and max(sizes) - min(sizes) > max(sizes) * DISPUTE_SHARE


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is stored of a mount. `read_at` None: unknown, and the zeros mean nothing."""

    total_bytes: int
    used_bytes: int
    read_at: datetime | None


UNKNOWN = Sizes(0, 0, None)


@dataclass(frozen=True, slots=True)
class Choice:
    """The mounts that hold media, the root folders that lie on none, and those whose former mount is gone."""

    mounts: tuple[Mount, ...]
    unmatched: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


def merge_readings(readings: Iterable[Reading]) -> list[Mount]:
    """One mount per path, whoever reported it; the newest plausible reading gives the size."""
    by_path: dict[str, list[Reading]] = {}
    for reading in readings:
        if key := path_key(reading.path):
            by_path.setdefault(key, []).append(reading)
    return [_mount(group) for _, group in sorted(by_path.items())]


def choose_mounts(folders: Iterable[Folder], mounts: Iterable[Mount], former: Collection[str] = ()) -> Choice:
    """The longest mount for each root folder. `/` counts only while it is the only one: in a container it is the
    overlay, whose free space has nothing to do with media.

    `former` are mounts whose size was known in an earlier round. A root folder below one that is reported no more
    waits for it: its disk is not mounted, and what lies in its place says nothing about it (S-22).
    """
    by_path = {mount.path: mount for mount in mounts}
    chosen: dict[str, Mount] = {}
    unmatched: dict[str, list[Folder]] = {}
    waiting: list[str] = []
    for path, of_path in _by_path(folders):
        mount = most_specific(path, by_path)
        if mount in {None, _ROOT} and most_specific(path, former) not in {None, _ROOT}:
            waiting.append(path)
        elif mount is None:
            unmatched[path] = of_path
        else:
            chosen[mount] = by_path[mount]
    if len(chosen) > 1:
        chosen.pop(_ROOT, None)
    lone = {path: alone for path, of_path in unmatched.items() if (alone := _lone_mount(path, of_path)) is not None}
    return Choice(
        mounts=tuple(mount for _, mount in sorted((chosen | lone).items())),
        unmatched=tuple(path for path in unmatched if path not in lone),
        waiting=tuple(waiting),
    )


def sizes_of(mount: Mount, override: int | None) -> Sizes:
    """The size of a mount, in bytes. Where only free space is known, the owner's `override` tells the whole."""
    newest, room = mount.newest, mount.room
    if newest is not None:
        return Sizes(newest.total_bytes, newest.total_bytes - newest.free_bytes, newest.read_at)
    if room is None or room.free_bytes is None or not override or not 0 <= room.free_bytes <= override:
        return UNKNOWN
    return Sizes(0, override - room.free_bytes, room.read_at)


def twins(mounts: Iterable[Mount]) -> list[tuple[str, str]]:
    """Pairs of mounts that are one filesystem: equal to 1 % in size and free space, and read within a minute."""
    known = [mount.newest for mount in mounts if mount.newest is not None]
    return [(one.path, other.path) for one, other in combinations(known, 2) if _are_twins(one, other)]


def _are_twins(one: Reading, other: Reading) -> bool:
    return (
        _are_close(one.total_bytes, other.total_bytes)
        and _are_close(one.free_bytes, other.free_bytes)
        and abs(one.read_at - other.read_at) <= _READ_TOGETHER
    )


def _are_close(one: int, other: int) -> bool:
    return abs(one - other) <= max(one, other) * _SAME_SHARE


def _by_path(folders: Iterable[Folder]) -> list[tuple[str, list[Folder]]]:
    found: dict[str, list[Folder]] = {}
    for folder in folders:
        if key := path_key(folder.path):
            found.setdefault(key, []).append(folder)
    return [(normalise_path(same[0].path), same) for _, same in sorted(found.items())]


def _lone_mount(path: str, folders: list[Folder]) -> Mount | None:
    """A root folder that stands for its own disk, because nobody reports one; None when it does not tell its room."""
    told = [each for each in folders if each.is_accessible is not False and each.free_bytes is not None]
    if not told:
        return None
    return Mount(
        path=path,
        reporters=frozenset(each.integration_id for each in folders),
        newest=None,
        totals=(),
        room=max(told, key=lambda each: each.read_at),
    )


def _mount(readings: list[Reading]) -> Mount:
    newest_first = sorted(readings, key=lambda r: (r.read_at, r.integration_id), reverse=True)
    plausible = [reading for reading in newest_first if reading.is_plausible]
    totals: dict[int, int] = {}
    for reading in plausible:
        totals.setdefault(reading.integration_id, reading.total_bytes)
    return Mount(
        path=normalise_path(newest_first[0].path),
        reporters=frozenset(reading.integration_id for reading in readings),
        newest=plausible[0] if plausible else None,
        totals=tuple(sorted(totals.items())),
    )
