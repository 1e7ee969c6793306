"""The order in which one source is asked, and what is known when it stops answering."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from libs.integrations.capabilities import (
    Client,
    ConnectionTest,
    DiskReporter,
    MediaSource,
    Preflight,
    capability,
)
from libs.integrations.models import DiskSpace, SeriesDigest
from services.sync.catalogue.rows import row_of
from services.sync.catalogue.staging import Staging
from services.sync.disks.mounts import Reading
from services.sync.disks.queries import Root

_UNKNOWN_BYTES = -1
"""Stored for a size that an upstream did not tell: no disk can have it, so the disk counts as unknown."""


class Step(StrEnum):
    """Where a read stands; a person learns which part of a source failed."""

    TEST = "test"
    DISKS = "disks"
    MEDIA = "media"


@runtime_checkable
class ReadableSource(ConnectionTest, DiskReporter, Preflight, MediaSource, Protocol):
    """What a source must be able to do to be read: say who it is, tell its disks, and list its items."""


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """Disks (path, total and free bytes) and root folders, read together."""

    entries: tuple[tuple[str, int, int], ...]
    roots: tuple[Root, ...]

    def readings(self, integration_id: int, read_at: datetime) -> list[Reading]:
        """The entries as stored."""
        return [Reading(integration_id, path, total, free, read_at) for path, total, free in self.entries]


@dataclass(slots=True)
class Facts:
    """What a read has found out so far; None is what it has not learned. Items go to the staging table.

    `asked_at` is when the source was first asked, and the time of every fact: a deletion that ends while a long read
    goes on must not count as seen by it.
    """

    asked_at: datetime
    known: Mapping[int, SeriesDigest] = field(default_factory=dict)
    step: Step = Step.TEST
    app_version: str | None = None
    recycle_bin: str | None = None
    recycle_bin_days: int | None = None
    disks: DiskFacts | None = None
    rows_declared: int | None = None
    digests: Mapping[int, SeriesDigest] = field(default_factory=dict)


async def read_source(client: Client, stage: Staging, facts: Facts) -> None:
    """Ask for identity, disks and items, in this order; `facts` is filled on the way. Raises what the client raises."""
    source: ReadableSource = capability(client, ReadableSource)
    facts.step = Step.TEST
    facts.app_version = (await source.test()).version
    facts.step = Step.DISKS
    disks = await source.disks()
    safety = await source.safety()
    facts.recycle_bin, facts.recycle_bin_days = safety.recycle_bin, safety.recycle_bin_days
    facts.disks = DiskFacts(
        entries_of(disks),
        tuple(Root(root.path, root.is_accessible, root.free_bytes) for root in safety.root_folders),
    )
    facts.step = Step.MEDIA
    reading = source.media(facts.known)
    async for page in reading:
        await stage.add(row_of(item) for item in page)
    facts.rows_declared = reading.rows_declared
    facts.digests = reading.digests


def entries_of(disks: Iterable[DiskSpace]) -> tuple[tuple[str, int, int], ...]:
    """Disks as they are stored: path, total and free bytes."""
    return tuple((disk.path, _bytes(disk.total_bytes), _bytes(disk.free_bytes)) for disk in disks)


def _bytes(told: int | None) -> int:
    return _UNKNOWN_BYTES if told is None else told
