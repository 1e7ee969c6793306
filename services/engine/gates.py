"""Whether a disk group may be cleaned without asking: every doubt about its sources or its disk holds it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from libs.common.domain.enums import HoldCode, SnapshotState

PARTIAL_CLASS = "incomplete"


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known about one enabled source of a group's items: its newest read and its last complete one."""

    integration_id: int
    name: str
    newest_state: SnapshotState | None
    newest_error_class: str
    newest_error: str
    complete_at: datetime | None
    is_silent: bool = False
    """The read this run asked for has not ended."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason to hold a disk group. `integration_id` names the source it is about."""

    code: HoldCode
    message: str
    integration_id: int | None = None


def doubts_about_sources(sources: Iterable[SourceState], now: datetime, max_age: timedelta) -> list[Doubt]:
    """Failed, partial and stale sources. All reasons are collected, none is enough to look away from the others."""
    return [doubt for source in sources if (doubt := _doubt(source, now, max_age)) is not None]


def _doubt(source: SourceState, now: datetime, max_age: timedelta) -> Doubt | None:
    name, place = source.name, source.integration_id
    if source.is_silent:
        return Doubt(HoldCode.SOURCE_FAILED, f"{name} did not answer in time", place)
    if source.newest_state is SnapshotState.FAILED and source.newest_error_class == PARTIAL_CLASS:
        return Doubt(HoldCode.SOURCE_PARTIAL, f"{name} could be read only in part: {source.newest_error}", place)
    if source.newest_state is SnapshotState.FAILED:
        return Doubt(HoldCode.SOURCE_FAILED, f"{name} could not be read: {source.newest_error}", place)
    if source.complete_at is None:
        return Doubt(HoldCode.SOURCE_STALE, f"{name} has never been read completely", place)
    age = now - source.complete_at
    if age > max_age:
        hours = int(age.total_seconds() // 3600)
        return Doubt(HoldCode.SOURCE_STALE, f"{name} was last read completely {hours} hours ago", place)
    return None


def doubts_about_folders(inaccessible: Sequence[Any]) -> list[Doubt]:
    """Root folders that their upstream cannot reach: an unmounted disk looks like that, and like an empty library."""
    return [
        Doubt(
            HoldCode.ROOT_FOLDER_INACCESSIBLE,
            f"{folder.name} cannot reach its folder {folder.path}",
            folder.integration_id,
        )
        for folder in inaccessible
    ]
