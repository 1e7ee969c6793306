"""Changes of the owner's rules."""

from typing import ClassVar

from libs.common.events.base import Event


class _RuleEvent(Event):
    family: ClassVar[str] = "rules"


class RuleCreated(_RuleEvent):
    type: ClassVar[str] = "rule_created"
    rule_id: int
    field: str
    effect: str

    @property
    def message(self) -> str:
        return f"Rule created: {self.field}, {self.effect}"


class RuleUpdated(_RuleEvent):
    type: ClassVar[str] = "rule_updated"
    rule_id: int
    field: str
    effect: str

    @property
    def message(self) -> str:
        return f"Rule updated: {self.field}, {self.effect}"


class RuleDeleted(_RuleEvent):
    type: ClassVar[str] = "rule_deleted"
    rule_id: int
    field: str

    @property
    def message(self) -> str:
        return f"Rule {self.rule_id} deleted: {self.field}"
