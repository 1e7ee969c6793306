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

MARKS = 63
"""So many rules have their marks in one column: a signed 64-bit integer has no more bits to spare."""

HIGHEST_MODIFIER = 1e300
"""So many rules that multiply that the product would leave the numbers end here; the order above it is nobody's."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """Everything a scoring depends on besides the catalogue itself.

    `ages_at` is the time at which factors measure how long ago something was; None: now, as rules and guards do.
    """

    now: datetime
    weights: Mapping[FactorKey, int]
    applicability: Applicability
    rules: Sequence[CompiledRule] = ()
    ages_at: datetime | None = None


def marked_by(place: int) -> "pl.Expr":
    """True for the items that the rule at this place of the list matched."""
    import polars as pl

    return (pl.col(marks_column(place)) & (1 << place % MARKS)) != 0


def marks_column(place: int) -> str:
    """Where the mark of the rule at this place of the list stands: each column has bits for so many rules."""
    return f"rule_bits_{place // MARKS}"


def score_items(catalogue: "pl.LazyFrame", scoring: Scoring) -> "pl.LazyFrame":
    """Add raw columns, the marks of all rules, `base`, `modifier`, `protected` and `score`.

    The score is 0 to 1 before rules, then unclamped. A protected item scores 0. Without any weight the score is 0, and
    nothing will be selected.
    """
    found = {_match(place): rule.matches for place, rule in enumerate(scoring.rules)}
    matched = catalogue.with_columns(**_raw_columns(scoring), **found)
    with_rules = matched.with_columns(
        base=_base(scoring.weights),
        modifier=_modifier(scoring.rules),
        protected=_protected(scoring.rules),
        **_packed(list(found)),
    )
    return with_rules.with_columns(score=_final()).drop(*found)


def _raw_columns(scoring: Scoring) -> dict[str, "pl.Expr"]:
    import polars as pl

    raw = raw_values(scoring.ages_at or scoring.now)
    columns = {}
    for factor in FACTORS:
        if factor.key in scoring.applicability.configured:
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
    """The product of the multipliers, by how many rules of each matched: their order cannot change even its last digit.

    It is also as flat with a thousand rules as with one; a product of a thousand terms would be a nested expression.
    """
    import polars as pl

    product = pl.lit(1.0)
    for multiplier in sorted({found for rule in rules if (found := rule.multiplier) is not None}):
        how_many = pl.sum_horizontal(_matches(rules, multiplier)).cast(pl.Float64)
        product *= pl.lit(multiplier).pow(how_many).clip(upper_bound=HIGHEST_MODIFIER)
    return product.clip(upper_bound=HIGHEST_MODIFIER)


def _protected(rules: Sequence[CompiledRule]) -> "pl.Expr":
    import polars as pl

    return pl.any_horizontal([pl.lit(value=False), *_matches(rules, None)])


def _matches(rules: Sequence[CompiledRule], multiplier: float | None) -> list[str]:
    return [_match(place) for place, rule in enumerate(rules) if rule.multiplier == multiplier]


def _match(place: int) -> str:
    return f"match_{place}"


def _packed(matches: Sequence[str]) -> dict[str, "pl.Expr"]:
    """The marks in as few columns as hold them; there is one even without rules."""
    import polars as pl

    columns = {}
    for first in range(0, max(len(matches), 1), MARKS):
        bits = pl.lit(0, dtype=pl.Int64)
        for match in reversed(matches[first : first + MARKS]):
            bits = bits * 2 + pl.col(match).cast(pl.Int64)
        columns[marks_column(first)] = bits
    return columns


def _final() -> "pl.Expr":
    import polars as pl

    return pl.when(pl.col("protected")).then(0.0).otherwise(pl.col("base") * pl.col("modifier"))
