"""From raw values to scores, for all items at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from libs.common.domain.enums import FactorKey
from libs.common.domain.factors import FACTORS
from services.engine.rules.compile import CompiledRule
from services.engine.scoring.applicability import Applicability, applies
from services.engine.scoring.raw import raw_values

if TYPE_CHECKING:
    import polars as pl

RAW = {factor.key: f"raw_{factor.key}" for factor in FACTORS}
"""The column of each factor's raw value; null where it takes no part."""

MAX_RULES = 63
"""As many rules as a 64-bit integer has places for their marks."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """Everything a scoring depends on besides the catalogue itself."""

    now: datetime
    weights: Mapping[FactorKey, int]
    applicability: Applicability
    rules: Sequence[CompiledRule] = ()


def score_items(catalogue: "pl.LazyFrame", scoring: Scoring) -> "pl.LazyFrame":
    """Add raw columns, `base`, `modifier`, `protected`, `rule_bits` and `score` (0 to 1 before rules, then unclamped).

    A protected item scores 0. Without any weight the score is 0, and nothing will be selected.
    """
    with_raw = catalogue.with_columns(**_raw_columns(scoring))
    with_rules = with_raw.with_columns(
        base=_base(scoring.weights),
        modifier=_modifier(scoring.rules),
        protected=_protected(scoring.rules),
        rule_bits=_rule_bits(scoring.rules),
    )
    return with_rules.with_columns(score=_final())


def _raw_columns(scoring: Scoring) -> dict[str, "pl.Expr"]:
    import polars as pl

    raw = raw_values(scoring.now)
    columns = {}
    for factor in FACTORS:
        if scoring.applicability.takes_part(factor.key):
            value = pl.when(applies(factor)).then(raw[factor.key]).otherwise(None)
        else:
            value = pl.lit(None)
        columns[RAW[factor.key]] = value.cast(pl.Float64)
    return columns


def _base(weights: Mapping[FactorKey, int]) -> "pl.Expr":
    import polars as pl

    parts = [(pl.col(RAW[factor.key]), weights.get(factor.key, 0)) for factor in FACTORS]
    total = pl.sum_horizontal([raw.is_not_null().cast(pl.Float64) * weight for raw, weight in parts])
    points = pl.sum_horizontal([raw.fill_null(0.0) * weight for raw, weight in parts])
    return pl.when(total > 0).then((points / total).clip(upper_bound=1.0)).otherwise(0.0)


def _modifier(rules: Sequence[CompiledRule]) -> "pl.Expr":
    import polars as pl

    product = pl.lit(1.0)
    for rule in rules:
        if rule.multiplier is not None:
            product *= pl.when(rule.matches).then(rule.multiplier).otherwise(1.0)
    return product


def _protected(rules: Sequence[CompiledRule]) -> "pl.Expr":
    import polars as pl

    keeps = [rule.matches for rule in rules if rule.multiplier is None]
    return pl.any_horizontal(keeps) if keeps else pl.lit(value=False)


def _rule_bits(rules: Sequence[CompiledRule]) -> "pl.Expr":
    import polars as pl

    bits = [pl.when(rule.matches).then(1 << place).otherwise(0) for place, rule in enumerate(rules[:MAX_RULES])]
    return pl.sum_horizontal(bits).cast(pl.Int64) if bits else pl.lit(0, dtype=pl.Int64)


def _final() -> "pl.Expr":
    import polars as pl

    return pl.when(pl.col("protected")).then(0.0).otherwise(pl.col("base") * pl.col("modifier"))
