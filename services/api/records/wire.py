"""The audit log and the activity feed on the wire."""

from typing import Literal

from libs.common.domain.enums import AuditAction, DryRunReason, MediaType, Trigger
from services.api.wire import Answer, Num, Time


class AuditEntry(Answer):
    """One deletion, simulation or cancellation. `score` is 0 to 100."""

    id: int
    media_name: str
    media_type: MediaType
    score_details: str
    action: AuditAction
    size_bytes: int
    score: Num
    trigger: Trigger
    dry_run_reason: DryRunReason
    integration_id: int | None = None
    disk_group_id: int | None = None
    collection_group: str | None = None
    created_at: Time


class AuditPage(Answer):
    """`total` counts all entries that fit the filters."""

    data: list[AuditEntry]
    total: int
    limit: int
    offset: int


class ShowGroup(Answer):
    """Seasons and episodes of one show. `action` and `createdAt` are those of the newest."""

    show_title: str
    children: list[AuditEntry]
    total_size: int
    action: AuditAction
    created_at: Time


class GroupedShow(Answer):
    type: Literal["group"] = "group"
    group: ShowGroup


class GroupedSingle(Answer):
    type: Literal["single"] = "single"
    entry: AuditEntry


class Activity(Answer):
    """A durable event. `metadata` is its JSON as text, without the message."""

    id: int
    event_type: str
    message: str
    metadata: str
    created_at: Time
