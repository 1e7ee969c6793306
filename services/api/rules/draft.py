"""A rule that somebody wants to store, checked before any transaction; its pattern by the engine itself."""

from dataclasses import dataclass
from typing import Any

from faststream.nats import NatsBroker

from libs.common.domain.enums import RuleEffect
from libs.common.domain.rules import BadRuleError, CheckedRule, check_rule, shortened
from libs.common.messaging import engine_questions as questions
from services.api.bus import ask_engine
from services.api.errors import BadInputError
from services.api.rules.wire import RuleChange


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be stored. None for `enabled` and `sort_order`: keep."""

    integration_id: int
    field: str
    operator: str
    value: str
    effect: RuleEffect
    enabled: bool | None
    sort_order: int | None

    def columns(self) -> dict[str, Any]:
        """The columns to write."""
        kept = {"enabled": self.enabled, "sort_order": self.sort_order}
        return {
            "integration_id": self.integration_id,
            "field": self.field,
            "operator": self.operator,
            "value": self.value,
            "effect": self.effect,
            **{name: value for name, value in kept.items() if value is not None},
        }


async def draft_of(body: RuleChange, broker: NatsBroker) -> Draft:
    """The rule in the spelling it came in. Raises `BadInputError`, or `UnavailableError` when no engine answers."""
    if body.integration_id is None:
        raise BadInputError("integrationId: is required")
    try:
        checked = check_rule(body.field, body.operator, body.value, body.effect)
    except BadRuleError as exc:
        raise BadInputError(str(exc)) from exc
    await _check_pattern(checked, broker)
    return Draft(
        integration_id=body.integration_id,
        field=body.field.strip(),
        operator=body.operator.strip(),
        value=body.value,
        effect=checked.effect,
        enabled=body.enabled,
        sort_order=body.sort_order,
    )


async def _check_pattern(checked: CheckedRule, broker: NatsBroker) -> None:
    """Only what will match with a pattern can say whether it is one."""
    if checked.pattern is None:
        return
    answer = await ask_engine(
        broker,
        questions.CHECK_PATTERN,
        questions.CheckPattern(pattern=checked.pattern),
        questions.PatternChecked,
        questions.PATTERN_TIMEOUT_S,
    )
    if answer.fault is not None:
        raise BadInputError(f"value: {shortened(checked.pattern)} {answer.fault}")
