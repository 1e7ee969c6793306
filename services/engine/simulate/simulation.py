"""What other settings would do: the stored catalogue scored twice, under stored and under tried settings (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from libs.common.domain.enums import ACTS_ALONE
from libs.common.messaging.simulation import (
    MOST_LISTED,
    AskSimulation,
    ComparedGroup,
    ComparedItem,
    ComparedItems,
    GroupFigures,
    Simulation,
)
from services.engine.evaluation import Evaluation, evaluate_items
from services.engine.mass_change import mass_change_of
from services.engine.questions.budgets import GroupBudget, companions_of
from services.engine.selection.candidates import Selection, select_candidates
from services.engine.simulate.settings import tried_budgets, tried_facts

if TYPE_CHECKING:
    import polars as pl

_MOST_CHARACTERS = 200
"""Of a title or an id, so that four full lists fit into one message."""

_SHOWN = ("integration_id", "external_id", "media_type", "title", "size_bytes", "disk_group_id")


@dataclass(frozen=True, slots=True)
class _Side:
    """One set of settings with what it leads to."""

    ranked: "pl.DataFrame"
    groups: Sequence[tuple[GroupBudget, Selection, str]]
    """Each with why the run would stop and ask there; empty where it would not."""

    @property
    def chosen(self) -> "pl.Series":
        """The ids of all candidates."""
        import polars as pl

        return pl.concat([pl.Series("id", [], dtype=pl.Int64), *(found.chosen["id"] for _, found, _ in self.groups)])


def simulate(current: Evaluation, budgets: Sequence[GroupBudget], question: AskSimulation) -> Simulation:
    """Both sides are scored in the same moment, so that no difference comes of time alone. Blocks: use a thread."""
    catalogue, facts = current.catalogue, current.facts
    before = _side(evaluate_items(catalogue, facts), budgets)
    tried = evaluate_items(catalogue, tried_facts(facts, question), tiebreaker=question.tiebreaker)
    after = _side(tried, tried_budgets(budgets, question))
    return _compared(before, after)


def _side(evaluation: Evaluation, budgets: Sequence[GroupBudget]) -> _Side:
    """Group by group, as a run does it: what went with a collection of one is gone for those behind."""
    ranked, taken, groups = evaluation.ranked, set[int](), []
    for group in budgets:
        companions = companions_of(group, budgets)
        found = select_candidates(ranked, group.id, group.bytes_to_free, group.mode, companions=companions, taken=taken)
        groups.append((group, found, _would_stop(evaluation, group, found, taken)))
        taken.update(found.chosen["id"])
    return _Side(ranked, groups)


def _would_stop(evaluation: Evaluation, group: GroupBudget, found: Selection, taken: set[int]) -> str:
    safety = evaluation.facts.safety
    if group.mode not in ACTS_ALONE or not safety.deletions_enabled:
        return ""
    change = mass_change_of(evaluation.ranked, found, safety.max_delete_pct_per_run, taken=taken)
    return "" if change is None else f"A run on {group.mount_path} {change.sentence}"


def _compared(before: _Side, after: _Side) -> Simulation:
    import polars as pl

    table = _beside(before, after)
    was, becomes = pl.col("chosen_before"), pl.col("chosen_after")
    was_kept, becomes_kept = pl.col("protected_before"), pl.col("protected_after")
    return Simulation(
        groups=tuple(_group(*pair) for pair in zip(before.groups, after.groups, strict=True)),
        added=_items(table.filter(becomes & ~was), "rank_after"),
        removed=_items(table.filter(was & ~becomes), "rank_before"),
        newly_protected=_items(table.filter(becomes_kept & ~was_kept), "rank_before"),
        no_longer_protected=_items(table.filter(was_kept & ~becomes_kept), "rank_after"),
    )


def _beside(before: _Side, after: _Side) -> "pl.DataFrame":
    """Every item once, with rank, score, protection and choice of both sides."""
    import polars as pl

    def told(side: _Side, suffix: str) -> list[pl.Expr]:
        columns = [pl.col(name).alias(f"{name}_{suffix}") for name in ("rank", "score", "protected")]
        return [*columns, pl.col("id").is_in(side.chosen.implode()).alias(f"chosen_{suffix}")]

    former = before.ranked.select("id", *told(before, "before"))
    return after.ranked.select("id", *_SHOWN, *told(after, "after")).join(former, on="id")


def _group(before: tuple[GroupBudget, Selection, str], after: tuple[GroupBudget, Selection, str]) -> ComparedGroup:
    return ComparedGroup(
        id=before[0].id, mount_path=before[0].mount_path, before=_figures(*before), after=_figures(*after)
    )


def _figures(budget: GroupBudget, selection: Selection, would_stop: str) -> GroupFigures:
    usage = budget.usage
    return GroupFigures(
        mode=budget.mode,
        threshold_pct=None if usage is None else usage.threshold_pct,
        target_pct=None if usage is None else usage.target_pct,
        bytes_to_free=budget.bytes_to_free,
        candidates=selection.chosen.height,
        bytes_chosen=selection.bytes_chosen,
        protected=selection.protected,
        held=selection.held,
        would_stop=would_stop,
    )


def _items(found: "pl.DataFrame", order: str) -> ComparedItems:
    listed = found.sort(order).head(MOST_LISTED)
    return ComparedItems(
        total=found.height,
        total_bytes=int(found["size_bytes"].sum()),
        items=tuple(
            ComparedItem(
                integration_id=row["integration_id"],
                external_id=row["external_id"][:_MOST_CHARACTERS],
                type=row["media_type"],
                title=row["title"][:_MOST_CHARACTERS],
                size_bytes=row["size_bytes"],
                disk_group_id=row["disk_group_id"],
                score_before=row["score_before"],
                score_after=row["score_after"],
            )
            for row in listed.iter_rows(named=True)
        ),
    )
