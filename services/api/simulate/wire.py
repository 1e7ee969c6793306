"""Trying settings, on the wire: what may be tried, and the difference it makes."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from libs.common.domain.enums import ExecutionMode, FactorKey, MediaType
from services.api.factor_weights.wire import Weight
from services.api.preferences.wire import Days, Share, Tie
from services.api.rules.wire import Effect, KnownId, RuleValue
from services.api.wire import Answer, Body, Flag, Num, Number, Text, Whole

MOST_RULES = 200
MOST_GROUPS = 200


class Tried(Body):
    """Members that are not known are refused: something that is passed over would look like no difference."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False, frozen=True, extra="forbid")


class TriedRule(Tried):
    """A rule as `POST /custom-rules` takes it; one that is not enabled is left out."""

    field: Text = ""
    operator: Text = ""
    value: RuleValue = ""
    effect: Effect = ""
    integration_id: KnownId | None = None
    enabled: Flag | None = None


class TriedGroup(Tried):
    """Settings of one disk group; absent ones stay."""

    id: Annotated[Whole, Field(ge=1)]
    threshold_pct: Number | None = None
    target_pct: Number | None = None
    mode: ExecutionMode | None = None


class TriedSafety(Tried):
    """The safety preferences that decide what a run may take."""

    min_file_age_days: Days | None = None
    evidence_max_age_hours: Annotated[Whole, Field(ge=1, le=8760)] | None = None
    evidence_min_weight_pct: Share | None = None
    max_delete_pct_per_run: Annotated[Whole, Field(ge=1, le=100)] | None = None


class SimulationRequest(Tried):
    """What is to be tried; what is absent stays as it is stored. `rules` take the place of all stored ones."""

    weights: dict[FactorKey, Weight] = Field(default_factory=dict)
    rules: Annotated[list[TriedRule], Field(max_length=MOST_RULES)] | None = None
    disk_groups: Annotated[list[TriedGroup], Field(max_length=MOST_GROUPS)] = Field(default_factory=list)
    tiebreaker_method: Tie | None = None
    safety: TriedSafety = TriedSafety()


class Figures(Answer):
    """What a run would find in the disk group, if nothing held it. `held`: items for which too little is known.

    `wouldStop`: why the run would stop and ask before it took so much; empty where it would not.
    """

    mode: ExecutionMode
    threshold_pct: Num | None
    target_pct: Num | None
    bytes_to_free: int
    candidates: int
    bytes_chosen: int
    protected: int
    held: int
    would_stop: str


class ComparedGroup(Answer):
    id: int
    mount_path: str
    before: Figures
    after: Figures


class ComparedItem(Answer):
    """Scores are 0 to 100."""

    integration_id: int
    external_id: str
    type: MediaType
    title: str
    size_bytes: int
    disk_group_id: int | None
    score_before: Num
    score_after: Num


class ComparedItems(Answer):
    """`total` and `totalBytes` are of all of them, `items` are the first 200."""

    total: int
    total_bytes: int
    items: list[ComparedItem]


class Difference(Answer):
    """Candidates that come and go, each in the order in which they would be taken."""

    added: ComparedItems
    removed: ComparedItems


class Simulation(Answer):
    """The stored settings against those that were tried. Nothing was stored and nothing was queued."""

    disk_groups: list[ComparedGroup]
    difference: Difference
    newly_protected: ComparedItems
    no_longer_protected: ComparedItems
