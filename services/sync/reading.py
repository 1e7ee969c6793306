"""The order in which one source is asked, and what is known when it stops answering."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.sync.disks.mounts import Reading
from services.sync.disks.queries import Root


class Step(StrEnum):
    """Where a read stands; a person learns which part of a source failed."""

    TEST = "test"
    DISKS = "disks"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """Disks and root folders, read together."""

    entries: tuple[tuple[str, int, int], ...]
    roots: tuple[Root, ...]

    def readings(self, integration_id: int, read_at: datetime) -> list[Reading]:
        """The entries as stored: path, total and free bytes."""
        return [Reading(integration_id, path, total, free, read_at) for path, total, free in self.entries]


@dataclass(slots=True)
class Facts:
    """What a read has found out so far. None is what it has not (yet) learned; items are in the staging table."""

    step: Step = Step.TEST
    app_version: str | None = None
    recycle_bin: str | None = None
    disks: DiskFacts | None = None
    rows_declared: int | None = None
    digests: Mapping[int, object] = field(default_factory=dict)
