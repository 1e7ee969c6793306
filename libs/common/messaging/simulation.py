"""What the api asks the engine when somebody wants to know what other settings would do, and what it answers."""

from pydantic import Field

from libs.common.domain.enums import ExecutionMode, FactorKey, MediaType, RuleEffect, Tiebreaker
from libs.common.messaging import subjects
from libs.common.messaging.questions import Question

SIMULATE = subjects.SIMULATE

SIMULATION_TIMEOUT_S = 60.0
"""How long to wait for `Simulated`; a million items are scored twice in half of that."""

MOST_LISTED = 200
"""Items in each list of an answer, which must fit into one message."""


class SimulatedRule(Question):
    """A rule to try, as its owner would write it. One that is not enabled is checked all the same."""

    integration_id: int
    field: str
    operator: str
    value: str
    effect: RuleEffect
    enabled: bool = True


class GroupSettings(Question):
    """Settings of a disk group to try. None keeps what is stored."""

    id: int
    threshold_pct: float | None = None
    target_pct: float | None = None
    mode: ExecutionMode | None = None


class AskSimulation(Question):
    """Settings to try. What is absent stays as it is stored; `rules` take the place of all stored ones."""

    weights: dict[FactorKey, int] = Field(default_factory=dict)
    rules: tuple[SimulatedRule, ...] | None = None
    groups: tuple[GroupSettings, ...] = ()
    tiebreaker: Tiebreaker | None = None
    min_file_age_days: int | None = None
    evidence_max_age_hours: int | None = None
    evidence_min_weight_pct: int | None = None
    max_delete_pct_per_run: int | None = None


class GroupFigures(Question):
    """What a run would find in a disk group, if nothing held the group. Bytes; percentages are None for no size.

    `would_stop` is why the run would stop and ask before it took so much; empty where it would not.
    """

    mode: ExecutionMode
    threshold_pct: float | None
    target_pct: float | None
    bytes_to_free: int
    candidates: int
    bytes_chosen: int
    protected: int
    held: int
    would_stop: str


class ComparedGroup(Question):
    id: int
    mount_path: str
    before: GroupFigures
    after: GroupFigures


class ComparedItem(Question):
    """Scores are 0 to 1 before rules, and not capped."""

    integration_id: int
    external_id: str
    type: MediaType
    title: str
    size_bytes: int
    disk_group_id: int | None
    score_before: float
    score_after: float


class ComparedItems(Question):
    """`items` are the first ones only; the totals are of all."""

    total: int
    total_bytes: int
    items: tuple[ComparedItem, ...]


class Simulation(Question):
    """The stored settings against those that were tried, both scored in the same moment."""

    groups: tuple[ComparedGroup, ...]
    added: ComparedItems
    removed: ComparedItems
    newly_protected: ComparedItems
    no_longer_protected: ComparedItems


class Simulated(Question):
    """Either a simulation, or `fault`: what cannot be tried, beginning with its place in the question."""

    simulation: Simulation | None = None
    fault: str | None = None
