"""The whole catalogue scored, ordered and marked with reasons: the one computation behind runs and previews."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from libs.common.domain.enums import Tiebreaker
from services.engine.catalogue import load_catalogue
from services.engine.facts import Facts
from services.engine.rules.compile import CompiledRule, compile_rules
from services.engine.scoring.applicability import Applicability, applicability
from services.engine.scoring.details import Explainer
from services.engine.scoring.order import rank_items
from services.engine.scoring.score import Scoring, score_items
from services.engine.selection.collections import mark_collections
from services.engine.selection.eligibility import Guards, Target, is_among, mark_reasons

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`ranked`: every item, best candidate first, with scores and reasons as columns.

    The names tell which of its columns the catalogue gave, and which there were before reasons were added. `ages_at` is
    the time at which factors measured ages; rules and reasons go by that of the facts.
    """

    facts: Facts
    applicability: Applicability
    rules: Sequence[CompiledRule]
    ranked: "pl.DataFrame"
    catalogue_columns: Sequence[str]
    scored_columns: Sequence[str]
    ages_at: datetime

    @property
    def catalogue(self) -> "pl.DataFrame":
        """What was scored, in the order of the ranks."""
        return self.ranked.select(self.catalogue_columns)

    @property
    def scoring(self) -> Scoring:
        """What the scores depend on besides the catalogue."""
        return Scoring(self.facts.now, self.facts.weights, self.applicability, self.rules, self.ages_at)

    def explained(self, items: "pl.DataFrame") -> "pl.DataFrame":
        """Some of the ranked items with their `score_details`."""
        explainer = Explainer(self.facts.weights, self.applicability, self.rules)
        return explainer.with_shares(items).with_columns(score_details=explainer.details())

    def items_among(self, targets: Collection[Target]) -> "pl.DataFrame":
        """The ranked items that are among these, best candidate first."""
        return self.ranked.filter(is_among(targets))

    @property
    def protected_count(self) -> int:
        """How many items an `always_keep` rule holds."""
        return int(self.ranked["protected"].sum())


async def evaluate(database_url: str, facts: Facts) -> Evaluation:
    """Read over a connection of its own, and score."""
    return await evaluate_loaded(lambda: load_catalogue(database_url), facts)


async def evaluate_loaded(
    load: Callable[[], "pl.DataFrame"], facts: Facts, *, ages_at: datetime | None = None
) -> Evaluation:
    """Read and score in a thread, so that probes are answered and leases renewed meanwhile."""
    return await asyncio.to_thread(lambda: evaluate_items(load(), facts, ages_at=ages_at))


def evaluate_items(
    catalogue: "pl.DataFrame", facts: Facts, *, tiebreaker: Tiebreaker | None = None, ages_at: datetime | None = None
) -> Evaluation:
    """The pure part: the same catalogue and facts give the same evaluation.

    `tiebreaker` None: the stored one. `ages_at` None: the time of the facts.
    """
    applicable = applicability(facts.sources)
    rules = compile_rules(facts.rules, facts.now)
    ages_at = ages_at or facts.now
    scoring = Scoring(facts.now, facts.weights, applicable, rules, ages_at)
    scored = score_items(catalogue.lazy(), scoring)
    marked = with_reasons(scored, facts.guards, scoring)
    ranked = rank_items(marked, tiebreaker or facts.preferences.tiebreaker_method)
    return Evaluation(facts, applicable, rules, ranked, catalogue.columns, scored.collect_schema().names(), ages_at)


def mark_again(evaluation: Evaluation, facts: Facts) -> Evaluation:
    """The same scores and ranks under the queues, guards and time of `facts`. Blocks: call it from a thread.

    A queue moves without anything being scored again, and whoever asks wants to know about it as it is now.
    """
    now = replace(evaluation, facts=facts)
    scored = evaluation.ranked.lazy().select(*evaluation.scored_columns, "rank")
    return replace(now, ranked=with_reasons(scored, facts.guards, now.scoring).sort("rank"))


def with_reasons(scored: "pl.LazyFrame", guards: Guards, scoring: Scoring) -> "pl.DataFrame":
    """Every reason to keep an item: its own, those of its family, and those of its collections."""
    return mark_collections(mark_reasons(scored, guards, scoring).collect())
