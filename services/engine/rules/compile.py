"""Stored rules as expressions over the catalogue, in rule order, each within its own integration."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from libs.common.domain.enums import RuleEffect
from services.engine.rules.fields import ALIASES, FIELDS, FieldKind, RuleField
from services.engine.rules.matching import UnmatchableRuleError, matches, matching_elements
from services.engine.rules.shown import shown_value

if TYPE_CHECKING:
    import polars as pl

log = structlog.get_logger(__name__)

MULTIPLIERS: dict[RuleEffect, float | None] = {
    RuleEffect.ALWAYS_KEEP: None,
    RuleEffect.PREFER_KEEP: 0.2,
    RuleEffect.LEAN_KEEP: 0.5,
    RuleEffect.LEAN_REMOVE: 1.5,
    RuleEffect.PREFER_REMOVE: 3.0,
    RuleEffect.ALWAYS_REMOVE: 100.0,
}
"""None is no number: always_keep wins over everything, in any position."""


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as its owner wrote it."""

    id: int
    integration_id: int
    field: str
    operator: str
    value: str
    effect: RuleEffect

    @property
    def sentence(self) -> str:
        """What is shown beside an item it matched."""
        return f"{self.effect}: {self.field} {self.operator} {self.value}".strip()


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """`multiplier` None protects. `shown` is what a matched item had; None for a rule that cannot be matched."""

    stored: StoredRule
    matches: "pl.Expr"
    multiplier: float | None
    shown: "pl.Expr | None" = None


def compile_rules(rules: Iterable[StoredRule], now: datetime) -> list[CompiledRule]:
    """Every rule that can be matched, in order.

    One that cannot must not free an item: a broken `always_keep` protects everything of its integration until it is
    mended, any other broken rule is left out. Both are logged.
    """
    return [compiled for rule in rules if (compiled := _compile(rule, now)) is not None]


def _compile(rule: StoredRule, now: datetime) -> CompiledRule | None:
    import polars as pl

    multiplier = MULTIPLIERS[rule.effect]
    in_scope = pl.col("integration_id") == rule.integration_id
    try:
        found = matches(_field(rule), _operator(rule), _value(rule), now)
        _try_out(found, rule)
    except UnmatchableRuleError as exc:
        log.warning("rule cannot be matched", rule_id=rule.id, field=rule.field, reason=str(exc))
        return CompiledRule(rule, in_scope, None) if multiplier is None else None
    return CompiledRule(rule, in_scope & found, multiplier, _shown(rule, now))


def _shown(rule: StoredRule, now: datetime) -> "pl.Expr":
    field, operator = _field(rule), _operator(rule)
    elements = matching_elements(field.column, operator, rule.value) if field.kind is FieldKind.LIST else None
    return shown_value(field, elements, now)


def _field(rule: StoredRule) -> RuleField:
    field = FIELDS.get(rule.field.lower())
    if field is None:
        raise UnmatchableRuleError(f"there is no field {rule.field!r}")
    return field


def _operator(rule: StoredRule) -> str:
    lowered = rule.operator.strip().lower()
    return ALIASES.get(lowered, lowered)


def _value(rule: StoredRule) -> str:
    """Ratings are stored 0 to 10; a rule may also speak of 0 to 100."""
    field = _field(rule)
    if field.column != "rating":
        return rule.value
    try:
        rating = float(rule.value)
    except ValueError:
        return rule.value
    return str(rating / 10 if rating > 10 else rating)


def _try_out(found: "pl.Expr", rule: StoredRule) -> None:
    """A regular expression shows its errors only when it is used."""
    import polars as pl

    field = _field(rule)
    if field.kind not in {FieldKind.TEXT, FieldKind.LIST} or _operator(rule) != "regex":
        return
    dtype = pl.List(pl.String) if field.kind is FieldKind.LIST else pl.String
    try:
        pl.DataFrame({field.column: []}, schema={field.column: dtype}).select(found)
    except pl.exceptions.PolarsError as exc:
        raise UnmatchableRuleError("the regular expression is not valid") from exc


def order_of(rules: Sequence[CompiledRule]) -> list[dict[str, object]]:
    """The rules as a preview stores them: bit n of an item stands for entry n."""
    return [
        {"id": rule.stored.id, "text": rule.stored.sentence, "multiplier": rule.multiplier or 0.0} for rule in rules
    ]
