"""Stored rules as expressions over the catalogue, in rule order, each within its own integration."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from libs.common.domain.enums import RuleEffect
from libs.common.domain.rules import BadRuleError, Condition, FieldKind, Operator, read_condition
from services.engine.rules.fields import COLUMNS
from services.engine.rules.matching import matches, matching_elements
from services.engine.rules.patterns import fault_of
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
    """`multiplier` None protects. `shown` is what a matched item had; None for a rule that cannot be matched.

    `shows_age`: that is how long ago something was, another one every day.
    """

    stored: StoredRule
    matches: "pl.Expr"
    multiplier: float | None
    shown: "pl.Expr | None" = None
    shows_age: bool = False

    @property
    def keeps(self) -> bool:
        """Whether it protects, or lowers the score of what it matches."""
        return self.multiplier is None or self.multiplier < 1


def compile_rules(rules: Iterable[StoredRule], now: datetime) -> list[CompiledRule]:
    """Every rule that can be matched, in order.

    One that cannot must not free an item: until it is mended, a broken `always_keep` protects everything of its
    integration, and any other broken rule that keeps matches nothing and leaves a doubt about all of it (unknown.py).
    A broken rule that removes is left out. All are logged.
    """
    return [compiled for rule in rules if (compiled := _compile(rule, now)) is not None]


def _compile(rule: StoredRule, now: datetime) -> CompiledRule | None:
    import polars as pl

    multiplier = MULTIPLIERS[rule.effect]
    in_scope = pl.col("integration_id") == rule.integration_id
    try:
        condition = _condition(rule)
    except BadRuleError as exc:
        log.warning("rule cannot be matched", rule_id=rule.id, field=rule.field, reason=str(exc))
        broken = CompiledRule(rule, in_scope if multiplier is None else pl.lit(value=False), multiplier)
        return broken if broken.keeps else None
    shows_age = condition.field.kind is FieldKind.DAYS
    return CompiledRule(rule, in_scope & matches(condition, now), multiplier, _shown(condition, now), shows_age)


def _condition(rule: StoredRule) -> Condition:
    condition = read_condition(rule.field, rule.operator, rule.value)
    if condition.operator is Operator.REGEX:
        fault = fault_of(condition.value)
        if fault is not None:
            raise BadRuleError("value", fault)
    return condition


def _shown(condition: Condition, now: datetime) -> "pl.Expr":
    field, elements = condition.field, None
    if field.kind is FieldKind.LIST:
        elements = matching_elements(COLUMNS[field.key], condition.operator, condition.value)
    return shown_value(field, elements, now)


def order_of(rules: Sequence[CompiledRule]) -> list[dict[str, object]]:
    """The rules as a preview stores them: bit n of an item stands for entry n, of the first 63."""
    return [
        {"id": rule.stored.id, "text": rule.stored.sentence, "multiplier": rule.multiplier or 0.0} for rule in rules
    ]
