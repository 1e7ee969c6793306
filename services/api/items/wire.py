"""An item's explanation on the wire (api.md 3.5)."""

from datetime import date
from typing import Literal

from libs.common.domain.enums import ApprovalStatus, ExecutionMode, JobState, RuleEffect, SunsetStatus
from services.api.preview.wire import ItemHold, MediaItem, ScoreFactor
from services.api.records.wire import AuditEntry
from services.api.wire import Answer, Num, Time


class Evidence(Answer):
    """A fact, who told it and when; what nobody told has no `value`. `note` says what is doubtful about it."""

    fact: str
    value: str | bool | int | Num | None = None
    source: str
    at: Time | None = None
    state: Literal["fresh", "stale", "unknown"]
    note: str | None = None


class Arithmetic(Answer):
    """Contributions add up to `base` (0 to 1), `base` times `modifier` is `final`, or 0 where a rule protects."""

    weight_total: int
    base: Num
    modifier: Num
    final: Num


class MatchedRule(Answer):
    """A rule that fits. Without a `multiplier` it protects; `matchedValue` is what the item had."""

    rule_id: int
    text: str
    effect: RuleEffect
    multiplier: Num | None = None
    matched_value: str | None = None


class Gate(Answer):
    """One condition of being chosen; all of them have to be passed."""

    code: str
    passed: bool
    message: str


class Place(Answer):
    """The item in its disk group's byte budget. `position`, `bytesBefore`: by those in front that nothing excludes."""

    disk_group_id: int
    mount_path: str
    mode: ExecutionMode
    used_pct: Num | None = None
    threshold_pct: Num | None = None
    target_pct: Num | None = None
    bytes_to_free: int
    bytes_in_flight: int
    rank: int
    items: int
    position: int
    bytes_before: int


class QueuedApproval(Answer):
    """`lastError`: why nothing came of a former approval; empty where there is no such reason."""

    id: int
    status: ApprovalStatus
    user_initiated: bool
    snoozed_until: Time | None = None
    created_at: Time
    last_error: str = ""


class QueuedDeletion(Answer):
    """`simulated`: nothing will be deleted."""

    id: int
    state: JobState
    simulated: bool
    not_before: Time
    created_at: Time


class QueuedSunset(Answer):
    id: int
    status: SunsetStatus
    deletion_date: date
    created_at: Time


class Queues(Answer):
    """Where the item waits; a queue that does not have it is left out."""

    approval: QueuedApproval | None = None
    deletion: QueuedDeletion | None = None
    sunset: QueuedSunset | None = None


class Explanation(Answer):
    """Why an item stands where it stands. `score` is 0 to 100; `scoreDetails` has the members of the preview's."""

    item: MediaItem
    evidence: list[Evidence]
    score: Num
    score_details: list[ScoreFactor]
    protected: bool
    arithmetic: Arithmetic
    rules: list[MatchedRule]
    gates: list[Gate]
    holds: list[ItemHold]
    place: Place | None = None
    chosen: bool
    verdict: str
    outlook: list[str]
    queues: Queues
    history: list[AuditEntry]
    scored_at: Time
