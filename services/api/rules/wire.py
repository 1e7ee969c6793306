"""Custom rules and their fields on the wire."""

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from libs.common.domain.enums import RuleEffect
from libs.common.domain.numbers import tidy_number
from libs.common.domain.rules import ALIASES, FieldKind, RuleField
from services.api.wire import Answer, Body, Flag, Text, Time, Whole

MAX_REORDERED = 10_000

FieldType = Literal["string", "number", "boolean", "date"]


def _as_text(value: object) -> object:
    """Numbers and yes or no are taken as their text; null is no value."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            if not math.isfinite(value):
                raise ValueError("must be a finite number")
            return str(tidy_number(value) if isinstance(value, float) else value)
    return value


RuleValue = Annotated[
    Text,
    BeforeValidator(_as_text),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]}),
]
Effect = Annotated[Text, WithJsonSchema({"type": "string", "enum": [effect.value for effect in RuleEffect]})]
KnownId = Annotated[Whole, Field(ge=1)]


class RuleChange(Body):
    """Members of POST and PUT. Absent or null, `enabled` and `sortOrder` keep what is stored."""

    field: Text = ""
    operator: Text = ""
    value: RuleValue = ""
    effect: Effect = ""
    integration_id: KnownId | None = None
    enabled: Flag | None = None
    sort_order: Whole | None = None


class RuleOrder(Body):
    """Rule ids in their new order, as `ids` or `order`; `ids` wins."""

    ids: Annotated[list[Whole], Field(max_length=MAX_REORDERED)] | None = None
    order: Annotated[list[Whole], Field(max_length=MAX_REORDERED)] | None = None


class Reordered(Answer):
    status: str = "ok"


class CustomRule(Answer):
    """A rule as its owner wrote it."""

    id: int
    field: str
    operator: str
    value: str
    effect: RuleEffect
    integration_id: int
    enabled: bool
    sort_order: int
    created_at: Time
    updated_at: Time


class Conflict(Answer):
    """Another rule of the same integration that can match the same items and wants the opposite."""

    rule_id: int
    message: str


class ListedRule(CustomRule):
    """With the rules it pulls against; always empty for a rule that is switched off."""

    conflicts: list[Conflict]


class OfferedField(Answer):
    """A field that a rule may speak of. `operatorAliases`: other spellings of its operators, which are accepted too."""

    field: str
    label: str
    type: FieldType
    operators: list[str]
    operator_aliases: dict[str, str]

    @classmethod
    def of(cls, field: RuleField) -> "OfferedField":
        """As the vocabulary has it."""
        members: dict[str, Any] = {
            "field": field.name,
            "label": field.label,
            "type": _type_of(field),
            "operators": list(field.offered),
            "operator_aliases": {alias: known for alias, known in ALIASES.items() if known in field.offered},
        }
        return cls(**members)


def _type_of(field: RuleField) -> FieldType:
    match field.kind:
        case FieldKind.TEXT | FieldKind.LIST:
            return "string"
        case FieldKind.BOOLEAN:
            return "boolean"
        case FieldKind.NUMBER | FieldKind.DAYS:
            return "date" if field.is_date else "number"
