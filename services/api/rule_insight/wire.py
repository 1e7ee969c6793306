"""What is told about one rule."""

from services.api.rule_values.wire import RuleValues
from services.api.rules.wire import CustomRule, OfferedField
from services.api.wire import Answer


class Impact(Answer):
    """Items that the rule alone protects or scores otherwise, of all items of the preview."""

    rule_id: int
    affected_count: int
    total_items: int


class RuleContext(Answer):
    """A rule with what it may speak of. `values` is absent where they could not be looked up."""

    rule: CustomRule
    fields: list[OfferedField]
    values: RuleValues | None = None
