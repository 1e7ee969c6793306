"""What a rule must be before it is stored; stricter than what can be matched, so that nothing is stored by mistake."""

from dataclasses import dataclass

from libs.common.domain.enums import RuleEffect
from libs.common.domain.rules.conditions import BadRuleError, Condition, read_condition, shortened
from libs.common.domain.rules.fields import FieldKind
from libs.common.domain.rules.operators import Operator

MAX_CHARACTERS = 1_000
MAX_DAYS = 36_500
_BOOLEANS = {"true", "false"}


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule that makes sense. Whether its pattern is one only the engine can say."""

    condition: Condition
    effect: RuleEffect

    @property
    def pattern(self) -> str | None:
        """The regular expression it holds, if it holds one."""
        return self.condition.value if self.condition.operator is Operator.REGEX else None


def check_rule(field: str, operator: str, value: str, effect: str) -> CheckedRule:
    """The rule these texts mean. Raises `BadRuleError` for the first one that does not fit."""
    for member, text in (("field", field), ("operator", operator)):
        if not text.strip():
            raise BadRuleError(member, "is required")
    if len(value) > MAX_CHARACTERS:
        raise BadRuleError("value", f"has {len(value)} characters; {MAX_CHARACTERS} are allowed")
    condition = read_condition(field, operator, value)
    _check_value(condition)
    return CheckedRule(condition, _known_effect(effect))


def _check_value(condition: Condition) -> None:
    field, operator, value = condition.field, condition.operator, condition.value
    if operator is Operator.NEVER:
        return
    if not value.strip():
        raise BadRuleError("value", f"must not be empty for {field.name} {operator}")
    if field.kind is FieldKind.BOOLEAN and value.strip().lower() not in _BOOLEANS:
        raise BadRuleError("value", f"{shortened(value)} is neither true nor false, as {field.name} {operator} needs")
    if field.kind is FieldKind.DAYS and not 0 <= (condition.number or 0) <= MAX_DAYS:
        raise BadRuleError("value", f"{shortened(value)} is no number of days from 0 to {MAX_DAYS}")


def _known_effect(text: str) -> RuleEffect:
    if text not in set(RuleEffect):
        fault = f"{shortened(text)} is none" if text else "is required"
        raise BadRuleError("effect", f"{fault}; use one of {', '.join(RuleEffect)}")
    return RuleEffect(text)
