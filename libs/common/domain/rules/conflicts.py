"""Which rules of an owner pull the same items in opposite directions (domain.md 3.3); a hint, it changes nothing."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from libs.common.domain.enums import RuleEffect
from libs.common.domain.rules.conditions import BadRuleError, Condition, read_condition
from libs.common.domain.rules.fields import FieldKind
from libs.common.domain.rules.operators import Operator

MAX_SHOWN = 20
"""Of one rule; a rule with more of them is a muddle that a longer list would not clear."""

_KEEPS = frozenset({RuleEffect.ALWAYS_KEEP, RuleEffect.PREFER_KEEP, RuleEffect.LEAN_KEEP})


@dataclass(frozen=True, slots=True)
class OwnersRule:
    """A rule as its owner wrote it."""

    id: int
    integration_id: int
    field: str
    operator: str
    value: str
    effect: RuleEffect


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another rule that wants the opposite, and a sentence about it."""

    rule_id: int
    message: str


def find_conflicts(rules: Iterable[OwnersRule]) -> dict[int, list[Conflict]]:
    """By rule id, in the order of the rules, at most `MAX_SHOWN` each. Hand in only rules that are switched on."""
    found: dict[int, list[Conflict]] = defaultdict(list)
    for fellows in _by_subject(rules).values():
        removing = [fellow for fellow in fellows if fellow[0].effect not in _KEEPS]
        for keep, kept in fellows:
            if keep.effect not in _KEEPS:
                continue
            for remove, removed in removing:
                lacking = [rule for rule in (keep, remove) if len(found[rule.id]) < MAX_SHOWN]
                if lacking and can_hold_together(kept, removed):
                    for rule in lacking:
                        found[rule.id].append(_conflict(rule, remove if rule is keep else keep))
    return {rule_id: conflicts for rule_id, conflicts in found.items() if conflicts}


def _by_subject(rules: Iterable[OwnersRule]) -> Mapping[tuple[int, str], Sequence[tuple[OwnersRule, Condition]]]:
    """A rule that cannot be matched is left out: no item is ever pulled by its condition."""
    fellows: dict[tuple[int, str], list[tuple[OwnersRule, Condition]]] = defaultdict(list)
    for rule in rules:
        try:
            condition = read_condition(rule.field, rule.operator, rule.value)
        except BadRuleError:
            continue
        fellows[rule.integration_id, condition.field.key].append((rule, condition))
    return fellows


def _conflict(rule: OwnersRule, other: OwnersRule) -> Conflict:
    return Conflict(other.id, _sentence(rule, other))


def _sentence(rule: OwnersRule, other: OwnersRule) -> str:
    told = f"rule {other.id} ({other.effect}: {other.field} {other.operator} {other.value[:100]}".strip()
    told = f"{told}) can match the same items and wants the opposite"
    if RuleEffect.ALWAYS_KEEP not in {rule.effect, other.effect}:
        return told
    return f"{told}; {'this' if rule.effect is RuleEffect.ALWAYS_KEEP else 'that'} always_keep wins"


def can_hold_together(one: Condition, other: Condition) -> bool:
    """Whether an item could match both conditions on the same field; in doubt it could."""
    match one.field.kind:
        case FieldKind.BOOLEAN:
            return one.wants_true is other.wants_true
        case FieldKind.NUMBER | FieldKind.DAYS:
            return _ranges_meet(one, other)
        case FieldKind.TEXT | FieldKind.LIST:
            return _texts_meet(one, other)


def _texts_meet(one: Condition, other: Condition) -> bool:
    ours, theirs = one.value.lower(), other.value.lower()
    match one.operator, other.operator:
        case Operator.EQUALS, Operator.EQUALS:
            # a list may hold both values
            return ours == theirs or one.field.kind is FieldKind.LIST
        case (
            (Operator.EQUALS, Operator.NOT_EQUALS)
            | (Operator.NOT_EQUALS, Operator.EQUALS)
            | (Operator.CONTAINS, Operator.NOT_CONTAINS)
            | (Operator.NOT_CONTAINS, Operator.CONTAINS)
        ):
            return ours != theirs
        case Operator.EQUALS, Operator.NOT_CONTAINS:
            return theirs not in ours
        case Operator.NOT_CONTAINS, Operator.EQUALS:
            return ours not in theirs
    return True


def _ranges_meet(one: Condition, other: Condition) -> bool:
    if Operator.NEVER in {one.operator, other.operator}:
        # what was never played is also long ago, and never recent
        return Operator.IN_LAST not in {one.operator, other.operator}
    if Operator.NOT_EQUALS in {one.operator, other.operator}:
        return True
    ours, theirs = _Range.of(one), _Range.of(other)
    low, high = max(ours.low, theirs.low), min(ours.high, theirs.high)
    return low < high or (low == high and ours.holds(low) and theirs.holds(low))


@dataclass(frozen=True, slots=True)
class _Range:
    low: float
    high: float
    has_low: bool = False
    has_high: bool = False

    @classmethod
    def of(cls, condition: Condition) -> "_Range":
        bound = condition.number or 0.0
        match condition.operator:
            case Operator.GT | Operator.OVER_AGO:
                return cls(bound, math.inf)
            case Operator.GTE:
                return cls(bound, math.inf, has_low=True)
            case Operator.LT | Operator.IN_LAST:
                return cls(-math.inf, bound)
            case Operator.LTE:
                return cls(-math.inf, bound, has_high=True)
        return cls(bound, bound, has_low=True, has_high=True)

    def holds(self, point: float) -> bool:
        return (point > self.low or self.has_low) and (point < self.high or self.has_high)
