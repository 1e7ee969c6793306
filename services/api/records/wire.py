"""The audit log and the activity feed on the wire."""

from typing import Any, Literal

from pydantic import Field

from libs.common.domain.enums import AuditAction, DryRunReason, ExecutionMode, IntegrationType, MediaType, Trigger
from services.api.wire import Answer, Num, Time


class AuditFact(Answer):
    """A fact of the item, who told it and when. `told`: what each media server's word about the plays was worth."""

    fact: str
    value: str | int | float | bool | None = None
    source: str
    at: Time | None = None
    state: Literal["fresh", "stale", "unknown"]
    told: dict[str, str] | None = None


class AuditRule(Answer):
    """A rule that fitted. `had` is what the item had."""

    id: int
    text: str
    had: str


class AuditSource(Answer):
    """The integration, as it was called then."""

    id: int
    name: str
    type: IntegrationType


class AuditGroup(Answer):
    """The disk group as it was then."""

    id: int
    mount_path: str
    mode: ExecutionMode
    threshold_pct: Num
    target_pct: Num
    sunset_pct: Num | None = None
    used_bytes: int
    total_bytes: int
    read_at: Time | None = None


class AuditEvidence(Answer):
    """What the decision rested on at `decidedAt`. `fingerprint`: the item as it was shown to whoever decided."""

    decided_at: Time | None = None
    integration: AuditSource | None = None
    disk_group: AuditGroup | None = None
    facts: list[AuditFact] = Field(default_factory=list)
    rules: list[AuditRule] = Field(default_factory=list)
    fingerprint: dict[str, Any] | None = None


class AuditEntry(Answer):
    """One deletion, simulation or cancellation. `score` is 0 to 100.

    `integrationId` and `diskGroupId` are gone with what they name; the evidence goes on naming both. In groups an
    entry stands without its evidence.
    """

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
    external_id: str
    run_id: int | None = None
    reason: str | None = None
    evidence: AuditEvidence | None = None


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
