"""How one item came to its score, told item by item: the judge of what the engine renders by columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from libs.common.domain.enums import FactorKey
from libs.common.domain.factors import FACTORS
from libs.common.domain.numbers import tidy_number
from services.engine.rules.compile import CompiledRule
from services.engine.scoring.applicability import Applicability
from services.engine.scoring.score import MARKS, RAW

Item = Mapping[str, Any]
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class PlainExplainer:
    """What all items of one evaluation share."""

    weights: Mapping[FactorKey, int]
    applicability: Applicability
    rules: Sequence[CompiledRule]

    def details(self, item: Item) -> list[dict[str, Any]]:
        """Factors in registry order, then matched rules in rule order. A protected item shows only what protects it."""
        if item["protected"]:
            return [self._rule_entry(rule) for rule in self.matched(item) if rule.multiplier is None]
        return [*self._factor_entries(item), *(self._rule_entry(rule) for rule in self.matched(item))]

    def points(self, item: Item) -> dict[str, int | float]:
        """The preview's map of factor to points; the points add up to the item's score on the wire."""
        if item["protected"]:
            return {}
        total = self._total(item)
        scale = min(item["score"], 1.0) / item["base"] * 100 if item["base"] > 0 else 0.0
        return {
            factor.short: tidy_number(round(item[RAW[factor.key]] * self._weight(factor.key) / total * scale, 4))
            for factor in FACTORS
            if item[RAW[factor.key]] is not None and total > 0
        }

    def reason(self, item: Item) -> str:
        """One line: the share of each factor that took part, then the rules."""
        entries = self.details(item)
        taking_part = [entry for entry in entries if entry["type"] == "weight" and not entry.get("skipped")]
        shares = [f"{entry['key']}:{entry['contribution']:.2f}" for entry in taking_part]
        return ", ".join([*shares, *(entry["name"] for entry in entries if entry["type"] == "rule")])

    def matched(self, item: Item) -> list[CompiledRule]:
        """The rules whose marks the item carries."""
        return [rule for place, rule in enumerate(self.rules) if self._bits(item, place // MARKS) >> place % MARKS & 1]

    def _bits(self, item: Item, number: int) -> int:
        bits: int = item[f"rule_bits_{number}"]
        return bits

    def _factor_entries(self, item: Item) -> list[dict[str, Any]]:
        total = self._total(item)
        entries = []
        for factor in FACTORS:
            raw, weight = item[RAW[factor.key]], self._weight(factor.key)
            entry: dict[str, Any] = {"factor": factor.camel, "key": factor.key, "name": factor.name}
            if raw is not None:
                share = raw * weight / total if total > 0 else 0.0
                entry |= {"rawScore": _tidy(raw), "weight": weight, "contribution": _tidy(share), "type": "weight"}
                entries.append(entry)
            elif factor.key in self.applicability.skipped:
                entry |= {"rawScore": 0, "weight": weight, "contribution": 0, "type": "weight", "skipped": True}
                entries.append(entry | {"skipReason": self.applicability.skipped[factor.key]})
        return entries

    def _rule_entry(self, rule: CompiledRule) -> dict[str, Any]:
        return {
            "factor": "",
            "key": "",
            "name": rule.stored.sentence,
            "rawScore": _tidy(rule.multiplier or 0.0),
            "weight": 0,
            "contribution": 0,
            "type": "rule",
            "ruleId": rule.stored.id,
        }

    def _total(self, item: Item) -> int:
        return sum(self._weight(factor.key) for factor in FACTORS if item[RAW[factor.key]] is not None)

    def _weight(self, key: FactorKey) -> int:
        return self.weights.get(key, 0)


def _tidy(value: float) -> int | float:
    return tidy_number(round(value, _DIGITS))
