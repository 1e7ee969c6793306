"""Whether a disk group may be cleaned without asking: every doubt about its sources or its disk holds it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from libs.common.domain.enums import HoldCode, SnapshotState

PARTIAL_CLASS = "incomplete"


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known about one enabled source of a group's items: its newest read and its last complete one.

    `brings_items`: the items or the size of the group come from it. The others only say more about them.
    """

    integration_id: int
    name: str
    newest_state: SnapshotState | None
    newest_error_class: str
    newest_error: str
    complete_at: datetime | None
    brings_items: bool = True
    is_silent: bool = False
    """The read this run asked for has not ended."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason to hold a disk group. `integration_id` names the source it is about; `details` say it for machines."""

    code: HoldCode
    message: str
    integration_id: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


def doubts_about_sources(sources: Iterable[SourceState], now: datetime, max_age: timedelta) -> list[Doubt]:
    """Failed, partial and stale sources of items. All reasons are collected, none makes us look away from the others.

    A source that only enriches holds no group: its last complete snapshot keeps counting, and the items for which that
    is too old are held one by one (docs/decisions/0006-evidence-instead-of-a-blanket-hold.md).
    """
    doubts = (_doubt(source, now, max_age) for source in sources if source.brings_items)
    return [doubt for doubt in doubts if doubt is not None]


def _doubt(source: SourceState, now: datetime, max_age: timedelta) -> Doubt | None:
    def doubt(code: HoldCode, message: str) -> Doubt:
        return Doubt(code, message, source.integration_id, _details(source))

    if source.is_silent:
        return doubt(HoldCode.SOURCE_FAILED, f"{source.name} did not answer in time")
    if source.newest_state is SnapshotState.FAILED and source.newest_error_class == PARTIAL_CLASS:
        return doubt(HoldCode.SOURCE_PARTIAL, f"{source.name} could be read only in part: {source.newest_error}")
    if source.newest_state is SnapshotState.FAILED:
        return doubt(HoldCode.SOURCE_FAILED, f"{source.name} could not be read: {source.newest_error}")
    if source.complete_at is None:
        return doubt(HoldCode.SOURCE_STALE, f"{source.name} has never been read completely")
    age = now - source.complete_at
    if age > max_age:
        hours = int(age.total_seconds() // 3600)
        return doubt(HoldCode.SOURCE_STALE, f"{source.name} was last read completely {hours} hours ago")
    return None


def _details(source: SourceState) -> dict[str, Any]:
    complete_at = None if source.complete_at is None else source.complete_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"integration": source.name, "errorClass": source.newest_error_class, "lastCompleteAt": complete_at}


def doubts_about_folders(inaccessible: Sequence[Any]) -> list[Doubt]:
    """Root folders that their upstream cannot reach: an unmounted disk looks like that, and like an empty library."""
    return [
        Doubt(
            HoldCode.ROOT_FOLDER_INACCESSIBLE,
            f"{folder.name} cannot reach its folder {folder.path}",
            folder.integration_id,
            {"integration": folder.name, "path": folder.path},
        )
        for folder in inaccessible
    ]
