"""How one item's score came to be: the sums behind it, and every rule that fits, also where one protects it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from libs.common.domain.factors import FACTORS
from libs.common.messaging.engine_questions import Arithmetic, MatchedRule
from services.engine.evaluation import Evaluation
from services.engine.rules.compile import CompiledRule
from services.engine.scoring.score import RAW, Scoring, score_items

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl


def arithmetic_of(item: "pl.DataFrame", scoring: Scoring) -> Arithmetic:
    """`item` is its one row of the ranked table."""
    row = item.row(0, named=True)
    taking_part = [factor.key for factor in FACTORS if row[RAW[factor.key]] is not None]
    return Arithmetic(
        weight_total=sum(scoring.weights.get(key, 0) for key in taking_part),
        base=row["base"],
        modifier=row["modifier"],
        final=row["score"],
    )


def matched_rules(item: "pl.DataFrame", rules: Sequence[CompiledRule]) -> list[MatchedRule]:
    """Every rule that fits the item, in rule order."""
    fitting = item.select(rule.matches.alias(str(place)) for place, rule in enumerate(rules)).row(0) if rules else ()
    return [_matched(item, rule) for rule, fits in zip(rules, fitting, strict=True) if fits]


def _matched(item: "pl.DataFrame", rule: CompiledRule) -> MatchedRule:
    had = None if rule.shown is None else item.select(had=rule.shown).item()
    return MatchedRule(
        rule_id=rule.stored.id,
        text=rule.stored.sentence,
        effect=rule.stored.effect,
        multiplier=rule.multiplier,
        had=had,
    )


def score_if_played(item: "pl.DataFrame", evaluation: Evaluation, now: "datetime") -> float | None:
    """Its score after one more play at this moment; None where that changes nothing."""
    import polars as pl

    played = item.select(evaluation.catalogue_columns).with_columns(
        play_count=pl.col("play_count").fill_null(0) + 1,
        last_played=pl.lit(now).cast(pl.Datetime("us", "UTC")),
        watch_matched=pl.lit(value=True),
    )
    score = _score(played, evaluation.scoring)
    return None if score == item["score"].item() else score


def score_unprotected(item: "pl.DataFrame") -> float:
    """Its score without the rules that protect."""
    row = item.row(0, named=True)
    return float(row["base"] * row["modifier"])


def _score(item: "pl.DataFrame", scoring: Scoring) -> float:
    return float(score_items(item.lazy(), scoring).select("score").collect().item())
