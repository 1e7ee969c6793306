"""Volumes, the mounts through which instances see them, and how their free space moves."""

import msgspec

from libs.common.domain.paths import most_specific


class Volume(msgspec.Struct):
    """One filesystem. Instances that share it see the same numbers."""

    name: str
    total_bytes: int
    free_bytes: int

    def release(self, size_bytes: int) -> None:
        """Files went: there is more room, never more than the whole volume."""
        self.free_bytes = min(self.total_bytes, self.free_bytes + size_bytes)

    def take(self, size_bytes: int) -> None:
        """Files came: there is less room, never less than none."""
        self.free_bytes = max(0, self.free_bytes - size_bytes)


class Mount(msgspec.Struct, frozen=True):
    """A path under which one instance sees a volume."""

    path: str
    volume: str
    label: str = ""


class Disks:
    """Every volume of the world by name."""

    def __init__(self) -> None:
        self.volumes: dict[str, Volume] = {}

    def add(self, volume: Volume) -> None:
        """Make a volume known; a second one of the same name replaces the first."""
        self.volumes[volume.name] = volume

    def volume_at(self, path: str, mounts: list[Mount]) -> Volume | None:
        """The volume that holds `path`, seen through `mounts`; the longest mount wins."""
        best = most_specific(path, [mount.path for mount in mounts])
        return next((self.volumes[mount.volume] for mount in mounts if mount.path == best), None)
