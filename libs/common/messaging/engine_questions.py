"""What the api asks the engine by request and reply, and what it answers. Any engine answers, leading or not."""

from datetime import date, datetime
from typing import Literal

from libs.common.domain.enums import ApprovalStatus, ExecutionMode, JobState, RuleEffect, SunsetStatus
from libs.common.messaging import subjects
from libs.common.messaging.questions import Question

CHECK_PATTERN = subjects.CHECK_PATTERN
EXPLAIN_ITEM = subjects.EXPLAIN_ITEM
RULE_IMPACT = subjects.RULE_IMPACT

EXPLAIN_TIMEOUT_S = 20.0
"""How long to wait for `Explained`; see below."""

PATTERN_TIMEOUT_S = 5.0
"""How long to wait for `PatternChecked`; the judging takes half a second at most."""

IMPACT_TIMEOUT_S = 20.0
"""How long to wait for `RuleImpact`; an engine that has not led yet reads and scores the whole catalogue first."""


class AskRuleImpact(Question):
    """How many items does a stored rule touch by itself?"""

    rule_id: int


class RuleImpact(Question):
    """`total` counts all items of the preview; both are 0 before there is one."""

    affected: int
    total: int


class AskExplanation(Question):
    """Why does this item stand where it stands?"""

    integration_id: int
    external_id: str


class Evidence(Question):
    """One fact about the item. `source` is by name; `note` says what is doubtful about it, if anything is."""

    fact: str
    value: str | int | float | bool | None
    source: str
    at: datetime | None
    state: Literal["fresh", "stale", "unknown"]
    note: str = ""


class Arithmetic(Question):
    """How the score came to be: contributions add up to `base`, `base` times `modifier` is `final` (0 if protected).

    `base` is 0 to 1, `final` is not capped.
    """

    weight_total: int
    base: float
    modifier: float
    final: float


class MatchedRule(Question):
    """A rule that fits the item. `multiplier` None protects; `had` is what the item had, None if that is unknown."""

    rule_id: int
    text: str
    effect: RuleEffect
    multiplier: float | None
    had: str | None


class Gate(Question):
    """One condition of being chosen, with a sentence that holds the figures."""

    code: str
    passed: bool
    message: str


class ItemHold(Question):
    """Why the item stays, as the preview shows it. `temporary`: time may heal it."""

    code: str
    message: str
    temporary: bool


class Place(Question):
    """The item in its disk group. `rank` counts all `items` of it.

    `position` and `bytes_before` count only those in front that nothing excludes; with `bytes_to_free` or more of them
    its turn does not come. An item that is excluded itself stands where it would stand otherwise.
    """

    disk_group_id: int
    mount_path: str
    mode: ExecutionMode
    used_pct: float | None
    threshold_pct: float | None
    target_pct: float | None
    bytes_to_free: int
    bytes_in_flight: int
    rank: int
    items: int
    position: int
    bytes_before: int


class QueuedApproval(Question):
    """`last_error`: why nothing came of a former approval; empty where there was none, or it was simulated."""

    id: int
    status: ApprovalStatus
    user_initiated: bool
    snoozed_until: datetime | None
    created_at: datetime
    last_error: str = ""


class QueuedDeletion(Question):
    """`simulated`: it deletes nothing, whatever the switches say later."""

    id: int
    state: JobState
    simulated: bool
    not_before: datetime
    created_at: datetime


class QueuedSunset(Question):
    id: int
    status: SunsetStatus
    deletion_date: date
    created_at: datetime


class Queues(Question):
    """Where the item waits."""

    approval: QueuedApproval | None = None
    deletion: QueuedDeletion | None = None
    sunset: QueuedSunset | None = None


class Explanation(Question):
    """Everything the engine knows about one item's fate. `item` and `score_details` are JSON, as in the preview."""

    item: str
    score_details: str
    protected: bool
    arithmetic: Arithmetic
    rules: tuple[MatchedRule, ...]
    evidence: tuple[Evidence, ...]
    gates: tuple[Gate, ...]
    holds: tuple[ItemHold, ...]
    place: Place | None
    chosen: bool
    verdict: str
    outlook: tuple[str, ...]
    queues: Queues
    scored_at: datetime


class Explained(Question):
    """None: the catalogue holds no such item of an enabled integration."""

    explanation: Explanation | None


class CheckPattern(Question):
    """Can this regular expression be matched with?"""

    pattern: str


class PatternChecked(Question):
    """`fault` says why not, as the end of a sentence."""

    fault: str | None
