"""How each item came to its score, in the words of the wire (api.md 1.6): for people, and for what is kept for good."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from libs.common.domain.enums import FactorKey
from libs.common.domain.factors import FACTORS, Factor
from services.engine.json_text import Members, array, constant, fixed, members, number, text
from services.engine.rules.compile import CompiledRule
from services.engine.scoring.applicability import Applicability
from services.engine.scoring.score import RAW, marked_by

if TYPE_CHECKING:
    import polars as pl

_DIGITS = 6
_POINT_DIGITS = 4


_SHARE = {factor.key: f"share_{factor.key}" for factor in FACTORS}
_POINTS_PER_SHARE = "points_per_share"


@dataclass(frozen=True, slots=True)
class Explainer:
    """Text expressions over scored items, which `with_shares` has prepared."""

    weights: Mapping[FactorKey, int]
    applicability: Applicability
    rules: Sequence[CompiledRule]

    def with_shares(self, scored: "pl.DataFrame") -> "pl.DataFrame":
        """Beside each item its factors' parts of the base score, null where one takes no part, and ages rules show.

        The texts name these columns: the same sums spelled out in every text would take longer to plan than to do, and
        no text has the time in it, so it is the same as before where its columns are.
        """
        import polars as pl

        total, base, score = self._total(), pl.col("base"), pl.min_horizontal("score", pl.lit(1.0))
        return (
            scored.with_columns(total.alias("_total"))
            .with_columns(
                pl.when(base > 0).then(score / base * 100).otherwise(0.0).alias(_POINTS_PER_SHARE),
                *(self._part(factor).alias(_SHARE[factor.key]) for factor in FACTORS),
                *self._ages(),
            )
            .drop("_total")
        )

    def details(self) -> "pl.Expr":
        """JSON array: factors in registry order, then matched rules. A protected item shows only what protects it."""
        import polars as pl

        everything = [*self._factor_entries(), *(self._rule_entry(*placed) for placed in self._placed())]
        protecting = [self._rule_entry(*placed) for placed in self._placed() if placed[1].multiplier is None]
        return pl.when(pl.col("protected")).then(array(protecting)).otherwise(array(everything))

    def points(self) -> "pl.Expr":
        """JSON object of factor to points; the points add up to the item's score on the wire."""
        import polars as pl

        points = {
            factor.short: number((_share(factor) * pl.col(_POINTS_PER_SHARE)).round(_POINT_DIGITS))
            for factor in FACTORS
        }
        return pl.when(pl.col("protected")).then(pl.lit("{}")).otherwise(members(points))

    def reason(self) -> "pl.Expr":
        """One line, not yet quoted: each factor's share, then the rules."""
        import polars as pl

        rules = [self._where(place, pl.lit(rule.stored.sentence)) for place, rule in self._placed()]
        keeps = [self._where(place, pl.lit(r.stored.sentence)) for place, r in self._placed() if r.multiplier is None]
        shares = [pl.concat_str([pl.lit(f"{factor.key}:"), fixed(_share(factor), 2)]) for factor in FACTORS]
        return pl.when(pl.col("protected")).then(_listed(keeps)).otherwise(_listed([*shares, *rules]))

    def _factor_entries(self) -> Iterable["pl.Expr"]:
        import polars as pl

        for factor in FACTORS:
            raw = pl.col(RAW[factor.key])
            known: Members = {
                "rawScore": number(raw.round(_DIGITS)),
                "weight": constant(self._weight(factor)),
                "contribution": number(_share(factor).round(_DIGITS)),
                "type": constant("weight"),
            }
            entry = members({**_named(factor), **known})
            yield pl.when(raw.is_not_null()).then(entry).otherwise(self._skipped_entry(factor))

    def _skipped_entry(self, factor: Factor) -> "pl.Expr":
        import polars as pl

        reason = self.applicability.skipped.get(factor.key)
        if reason is None:
            return pl.lit(None, dtype=pl.String)
        skipped = {"rawScore": 0, "weight": self._weight(factor), "contribution": 0, "type": "weight", "skipped": True}
        told = {name: constant(value) for name, value in {**skipped, "skipReason": reason}.items()}
        return members({**_named(factor), **told})

    def _rule_entry(self, place: int, rule: CompiledRule) -> "pl.Expr":
        import polars as pl

        multiplier = rule.multiplier or 0.0
        entry: dict[str, pl.Expr | str] = {
            "factor": constant(""),
            "key": constant(""),
            "name": constant(rule.stored.sentence),
            "rawScore": constant(int(multiplier) if multiplier.is_integer() else multiplier),
            "weight": constant(0),
            "contribution": constant(0),
            "type": constant("rule"),
            "ruleId": constant(rule.stored.id),
        }
        if rule.shown is not None:
            entry["matchedValue"] = text(pl.col(_age(place)) if rule.shows_age else rule.shown)
        return self._where(place, members(entry))

    def _ages(self) -> list["pl.Expr"]:
        return [
            self._where(place, rule.shown).alias(_age(place))
            for place, rule in self._placed()
            if rule.shows_age and rule.shown is not None
        ]

    def _placed(self) -> list[tuple[int, CompiledRule]]:
        return list(enumerate(self.rules))

    def _where(self, place: int, value: "pl.Expr") -> "pl.Expr":
        """The value for items that carry the rule's mark, null for the others."""
        import polars as pl

        return pl.when(marked_by(place)).then(value)

    def _part(self, factor: Factor) -> "pl.Expr":
        import polars as pl

        raw, total = pl.col(RAW[factor.key]), pl.col("_total")
        return pl.when(raw.is_not_null()).then(
            pl.when(total > 0).then(raw * self._weight(factor) / total).otherwise(0.0)
        )

    def _total(self) -> "pl.Expr":
        import polars as pl

        return pl.sum_horizontal(
            [pl.col(RAW[factor.key]).is_not_null().cast(pl.Float64) * self._weight(factor) for factor in FACTORS]
        )

    def _weight(self, factor: Factor) -> int:
        return self.weights.get(factor.key, 0)


def _named(factor: Factor) -> dict[str, str]:
    return {"factor": constant(factor.camel), "key": constant(factor.key), "name": constant(factor.name)}


def _share(factor: Factor) -> "pl.Expr":
    import polars as pl

    return pl.col(_SHARE[factor.key])


def _age(place: int) -> str:
    return f"age_{place}"


def _listed(parts: list["pl.Expr"]) -> "pl.Expr":
    import polars as pl

    return pl.concat_str([pl.lit(None, dtype=pl.String), *parts], separator=", ", ignore_nulls=True)
