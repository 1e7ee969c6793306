"""What a rule asks of an item, read from the texts of its owner (domain.md 3.2)."""

import math
import re
from dataclasses import dataclass

from libs.common.domain.rules.fields import FIELDS, FieldKind, RuleField
from libs.common.domain.rules.operators import Operator, operator_of
from libs.common.domain.rules.patterns import pattern_fault

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LONGEST_SHOWN = 60
_OF_TEN = 10


class BadRuleError(ValueError):
    """A rule that cannot be meant: `member` of it does not fit, and the text begins with its name."""

    def __init__(self, member: str, fault: str) -> None:
        super().__init__(f"{member}: {fault}")
        self.member = member


@dataclass(frozen=True, slots=True)
class Condition:
    """`number` is the value where the field and the operator compare numbers, ratings on the scale 0 to 10."""

    field: RuleField
    operator: Operator
    value: str
    number: float | None = None

    @property
    def wants_true(self) -> bool:
        """What a yes-or-no field must be to match: anything but `true` asks for no."""
        return (self.value.strip().lower() == "true") is (self.operator is Operator.EQUALS)


def read_condition(field: str, operator: str, value: str) -> Condition:
    """The condition of a stored rule. Raises `BadRuleError` for one that no item could be compared with.

    No text of the catalogue has blanks around it: with one that was pasted along, a rule would keep nothing, unnoticed.
    """
    known = known_field(field)
    fitting = _fitting_operator(known, operator)
    if fitting is Operator.REGEX:
        fault = pattern_fault(value)
        if fault is not None:
            raise BadRuleError("value", f"{shortened(value)} {fault}")
    is_whole = fitting in {Operator.EQUALS, Operator.NOT_EQUALS}
    return Condition(known, fitting, value.strip() if is_whole else value, _number(known, fitting, value))


def known_field(name: str) -> RuleField:
    """The field in any spelling. Raises `BadRuleError`."""
    found = FIELDS.get(name.strip().lower())
    if found is None:
        raise BadRuleError("field", f"{shortened(name)} is no field of rules; GET /rule-fields lists them")
    return found


def shortened(text: str) -> str:
    """A text of the owner as an error shows it: quoted, and never longer than a line."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…")


def _fitting_operator(field: RuleField, text: str) -> Operator:
    found = operator_of(text)
    if found is None or found not in field.accepted:
        listed = ", ".join(field.accepted)
        raise BadRuleError("operator", f"{shortened(text)} does not fit the field {field.name}; use one of {listed}")
    return found


def _number(field: RuleField, operator: Operator, value: str) -> float | None:
    if field.kind not in {FieldKind.NUMBER, FieldKind.DAYS} or operator is Operator.NEVER:
        return None
    number = float(value) if _NUMBER.fullmatch(value.strip()) else math.nan
    if not math.isfinite(number):
        raise BadRuleError("value", f"{shortened(value)} is not a number, which {field.name} {operator} needs")
    return number / _OF_TEN if field.key == "rating" and number > _OF_TEN else number
