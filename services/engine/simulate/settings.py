"""The settings that somebody tries, laid over those that are stored (pure)."""

from collections.abc import Sequence
from dataclasses import replace

from libs.common.domain.rules import BadRuleError, check_rule, shortened
from libs.common.domain.safety import SafetySettings
from libs.common.messaging.simulation import AskSimulation, GroupSettings, SimulatedRule
from services.engine.facts import Facts
from services.engine.questions.budgets import GroupBudget
from services.engine.rules.compile import StoredRule
from services.engine.rules.patterns import fault_of
from services.engine.selection.eligibility import Guards


def fault_in(rules: Sequence[SimulatedRule]) -> str | None:
    """Why a rule could not be stored, beginning with its place; None when all of them could. Blocks: use a thread."""
    for place, rule in enumerate(rules):
        try:
            checked = check_rule(rule.field, rule.operator, rule.value, rule.effect)
        except BadRuleError as exc:
            return f"rules.{place}.{exc}"
        fault = None if checked.pattern is None else fault_of(checked.pattern)
        if fault is not None:
            return f"rules.{place}.value: {shortened(checked.pattern or '')} {fault}"
    return None


def tried_facts(stored: Facts, question: AskSimulation) -> Facts:
    """Weights and guards one by one, rules all or none."""
    rules = stored.rules if question.rules is None else _numbered(question.rules)
    return replace(
        stored,
        weights={**stored.weights, **question.weights},
        rules=rules,
        guards=_tried_guards(stored.guards, question),
        safety=_tried_safety(stored.safety, question),
    )


def tried_budgets(stored: Sequence[GroupBudget], question: AskSimulation) -> list[GroupBudget]:
    """In the same order."""
    given = {group.id: group for group in question.groups}
    return [_tried_budget(budget, given) for budget in stored]


def _tried_budget(stored: GroupBudget, given: dict[int, GroupSettings]) -> GroupBudget:
    wanted = given.get(stored.id)
    if wanted is None:
        return stored
    return stored.with_settings(threshold_pct=wanted.threshold_pct, target_pct=wanted.target_pct, mode=wanted.mode)


def _numbered(rules: Sequence[SimulatedRule]) -> list[StoredRule]:
    """Rules that are tried have no ids yet; their places stand for them."""
    return [
        StoredRule(place, rule.integration_id, rule.field, rule.operator, rule.value, rule.effect)
        for place, rule in enumerate(rules, start=1)
        if rule.enabled
    ]


def _tried_safety(stored: SafetySettings, question: AskSimulation) -> SafetySettings:
    if question.max_delete_pct_per_run is None:
        return stored
    return replace(stored, max_delete_pct_per_run=question.max_delete_pct_per_run)


def _tried_guards(stored: Guards, question: AskSimulation) -> Guards:
    def tried(given: int | None, kept: int) -> int:
        return kept if given is None else given

    return replace(
        stored,
        min_file_age_days=tried(question.min_file_age_days, stored.min_file_age_days),
        evidence_max_age_hours=tried(question.evidence_max_age_hours, stored.evidence_max_age_hours),
        evidence_min_weight_pct=tried(question.evidence_min_weight_pct, stored.evidence_min_weight_pct),
    )
