"""Which mounts the reported disks and root folders amount to. Pure (domain.md 4.5, integrations.md 18)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from libs.common.domain.paths import most_specific, normalise_path, path_key

DISPUTE_SHARE = 0.01
"""Reporters of one path whose totals differ by more than this share do not see the same disk."""

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
class Mount:
    """One path and everybody who reported it. `newest` is None when no reading of it was plausible: size unknown."""

    path: str
    reporters: frozenset[int]
    newest: Reading | None
    totals: tuple[tuple[int, int], ...]

    @property
    def is_disputed(self) -> bool:
        """True when its reporters cannot be looking at the same disk."""
        sizes = [total for _, total in self.totals]
        return len(sizes) > 1 and max(sizes) - min(sizes) > max(sizes) * DISPUTE_SHARE


@dataclass(frozen=True, slots=True)
class Choice:
    """The mounts that hold media, and the root folders that lie on none of them."""

    mounts: tuple[Mount, ...]
    unmatched: tuple[str, ...]


def merge_readings(readings: Iterable[Reading]) -> list[Mount]:
    """One mount per path, whoever reported it; the newest plausible reading gives the size."""
    by_path: dict[str, list[Reading]] = {}
    for reading in readings:
        if key := path_key(reading.path):
            by_path.setdefault(key, []).append(reading)
    return [_mount(group) for _, group in sorted(by_path.items())]


def choose_mounts(root_folders: Iterable[str], mounts: Iterable[Mount]) -> Choice:
    """The longest mount for each root folder. `/` counts only while it is the only one: in a container it is the
    overlay, whose free space has nothing to do with media.
    """
    by_path = {mount.path: mount for mount in mounts}
    chosen: dict[str, Mount] = {}
    unmatched: list[str] = []
    for folder in sorted({normalise_path(folder) for folder in root_folders if normalise_path(folder)}):
        path = most_specific(folder, by_path)
        if path is None:
            unmatched.append(folder)
        else:
            chosen[path] = by_path[path]
    if len(chosen) > 1:
        chosen.pop(_ROOT, None)
    return Choice(tuple(chosen[path] for path in sorted(chosen)), tuple(unmatched))


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
