"""One item's case: everything its gates, its verdict and its outlook are told from, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from libs.common.domain.enums import ACTS_ALONE
from libs.common.messaging.engine_questions import Arithmetic, MatchedRule, Queues
from services.engine.explain.queries import OpenHold
from services.engine.modes import MODES
from services.engine.questions.budgets import GroupBudget
from services.engine.selection.candidates import KeptBack
from services.engine.selection.eligibility import ALWAYS, Guards, Why

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Relative:
    """A season of the item, or its show, and what keeps that one."""

    title: str
    reasons: frozenset[Why]


@dataclass(frozen=True, slots=True)
class Line:
    """Where the item stands in its group: `rank` by score among all `items` of it.

    `position` and `bytes_before` look only at those in front that nothing excludes in every mode. An item that is
    excluded itself has them too: it is where it would stand otherwise.
    """

    rank: int
    items: int
    position: int
    bytes_before: int


@dataclass(frozen=True, slots=True)
class Case:
    """`row`: the item's scored columns and reasons. `is_selected`: a run that began now would pick it.

    `kept_back`: why a run that began now would leave its whole collection. `mass_change`: what it would do to the disk
    group at once, if that is so much that it stops and asks.
    `doubtful_rules` ask for facts that nobody has told lately; reading `doubtful_sources` could settle doubts.
    """

    row: Mapping[str, Any]
    now: datetime
    guards: Guards
    arithmetic: Arithmetic
    rules: Sequence[MatchedRule]
    fresh_weight: float
    applicable_weight: float
    queues: Queues
    relatives: Sequence[Relative]
    group: GroupBudget | None
    line: Line | None
    holds: Sequence[OpenHold]
    is_selected: bool
    deletions_enabled: bool
    kept_back: KeptBack | None
    mass_change: str | None
    doubtful_sources: Sequence[str]
    doubtful_rules: Sequence[str]

    @property
    def acts_alone(self) -> bool:
        """Whether its disk group is cleaned without asking anybody."""
        return self.group is not None and self.group.mode in ACTS_ALONE

    @property
    def obeys_holds(self) -> bool:
        """Whether a doubt about its disk group stops the group."""
        mode = None if self.group is None else MODES.get(self.group.mode)
        return mode is not None and mode.deletes

    @property
    def is_asked_about(self) -> bool:
        """Whether a run would put it before a person."""
        mode = None if self.group is None else MODES.get(self.group.mode)
        return mode is not None and mode.asks

    @property
    def stops_to_ask(self) -> bool:
        """Whether a run asks a person before it takes too large a share of the disk group."""
        return self.acts_alone and self.deletions_enabled

    @property
    def file_date(self) -> datetime | None:
        """When its newest file came, as the minimum age counts it."""
        date: datetime | None = self.row["file_added_at"] or self.row["added_at"]
        return date

    @property
    def old_enough_at(self) -> datetime | None:
        """When its newest file has the minimum age."""
        return None if self.file_date is None else self.file_date + timedelta(days=self.guards.min_file_age_days)

    @property
    def evidence_share(self) -> float:
        """Per cent of the weight that applies which rests on fresh facts; 0 where no factor with a weight applies."""
        return self.fresh_weight / self.applicable_weight * 100 if self.applicable_weight else 0.0


def line_of(ranked: "pl.DataFrame", disk_group_id: int, item_id: int) -> Line | None:
    """None when the item is not in this group."""
    import polars as pl

    group = ranked.filter(pl.col("disk_group_id") == disk_group_id)
    found = (group["id"] == item_id).arg_true()
    if found.is_empty():
        return None
    place = int(found[0])
    in_front = group.head(place).filter(~pl.any_horizontal(ALWAYS))
    return Line(place + 1, group.height, in_front.height + 1, int(in_front["size_bytes"].sum()))
