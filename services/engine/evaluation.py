"""The whole catalogue scored, ordered and marked with reasons: the one computation behind runs and previews."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.engine.catalogue import load_catalogue
from services.engine.facts import Facts
from services.engine.rules.compile import CompiledRule, compile_rules
from services.engine.scoring.applicability import Applicability, applicability
from services.engine.scoring.order import rank_items
from services.engine.scoring.score import Scoring, score_items
from services.engine.selection.eligibility import mark_reasons

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`ranked`: every item, best candidate first, with scores and reasons as columns."""

    facts: Facts
    applicability: Applicability
    rules: Sequence[CompiledRule]
    ranked: "pl.DataFrame"

    @property
    def protected_count(self) -> int:
        """How many items an `always_keep` rule holds."""
        return int(self.ranked["protected"].sum())


async def evaluate(database_url: str, facts: Facts) -> Evaluation:
    """Read and score in a thread, so that probes are answered and leases renewed meanwhile."""
    return await asyncio.to_thread(_evaluate, database_url, facts)


def _evaluate(database_url: str, facts: Facts) -> Evaluation:
    return evaluate_items(load_catalogue(database_url), facts)


def evaluate_items(catalogue: "pl.DataFrame", facts: Facts) -> Evaluation:
    """The pure part: the same catalogue and facts give the same evaluation."""
    applicable = applicability(facts.sources)
    rules = compile_rules(facts.rules, facts.now)
    scoring = Scoring(now=facts.now, weights=facts.weights, applicability=applicable, rules=rules)
    marked = mark_reasons(score_items(catalogue.lazy(), scoring), facts.guards, scoring)
    ranked = rank_items(marked, facts.preferences.tiebreaker_method).collect()
    return Evaluation(facts, applicable, rules, ranked)
