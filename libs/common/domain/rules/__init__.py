"""The vocabulary of rules: what may be said in one, what it means, and what is wrong with it."""

from libs.common.domain.rules.check import CheckedRule, check_rule
from libs.common.domain.rules.conditions import BadRuleError, Condition, known_field, read_condition, shortened
from libs.common.domain.rules.conflicts import Conflict, OwnersRule, find_conflicts
from libs.common.domain.rules.fields import FIELDS, FieldKind, RuleField
from libs.common.domain.rules.offered import offered_fields
from libs.common.domain.rules.operators import ALIASES, Operator

__all__ = [
    "ALIASES",
    "FIELDS",
    "BadRuleError",
    "CheckedRule",
    "Condition",
    "Conflict",
    "FieldKind",
    "Operator",
    "OwnersRule",
    "RuleField",
    "check_rule",
    "find_conflicts",
    "known_field",
    "offered_fields",
    "read_condition",
    "shortened",
]
