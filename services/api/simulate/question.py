"""From a request to a question the engine can answer, or what is wrong with it, by its place in the request (pure)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from libs.common.domain.enums import ExecutionMode
from libs.common.domain.rules import BadRuleError, check_rule
from libs.common.messaging.simulation import AskSimulation, GroupSettings, SimulatedRule
from services.api.disk_groups.rules import Settings, edited
from services.api.disk_groups.wire import DiskGroupChange
from services.api.errors import BadInputError
from services.api.simulate.wire import SimulationRequest, TriedGroup, TriedRule


@dataclass(frozen=True, slots=True)
class Stored:
    """What a request is checked against: the thresholds of reported disk groups, and integrations that hold items."""

    thresholds: Mapping[int, tuple[float, float]]
    libraries: Collection[int]


def question_of(body: SimulationRequest, stored: Stored) -> AskSimulation:
    """Raises `BadInputError`. Whether patterns can be used is left to the engine."""
    return AskSimulation(
        weights=body.weights,
        rules=None if body.rules is None else tuple(_rules(body.rules, stored.libraries)),
        groups=tuple(_groups(body.disk_groups, stored.thresholds)),
        tiebreaker=body.tiebreaker_method,
        min_file_age_days=body.safety.min_file_age_days,
        evidence_max_age_hours=body.safety.evidence_max_age_hours,
        evidence_min_weight_pct=body.safety.evidence_min_weight_pct,
        max_delete_pct_per_run=body.safety.max_delete_pct_per_run,
    )


def _rules(rules: Iterable[TriedRule], libraries: Collection[int]) -> Iterable[SimulatedRule]:
    for place, rule in enumerate(rules):
        at = f"rules.{place}"
        if rule.integration_id is None:
            raise BadInputError(f"{at}.integrationId: is required")
        if rule.integration_id not in libraries:
            raise BadInputError(f"{at}.integrationId: no integration {rule.integration_id} holds items")
        try:
            checked = check_rule(rule.field, rule.operator, rule.value, rule.effect)
        except BadRuleError as exc:
            raise BadInputError(f"{at}.{exc}") from exc
        yield SimulatedRule(
            integration_id=rule.integration_id,
            field=rule.field.strip(),
            operator=rule.operator.strip(),
            value=rule.value,
            effect=checked.effect,
            enabled=rule.enabled is not False,
        )


def _groups(groups: Iterable[TriedGroup], thresholds: Mapping[int, tuple[float, float]]) -> Iterable[GroupSettings]:
    seen: set[int] = set()
    for place, group in enumerate(groups):
        at = f"diskGroups.{place}"
        if group.id in seen:
            raise BadInputError(f"{at}.id: disk group {group.id} is named twice")
        if group.id not in thresholds:
            raise BadInputError(f"{at}.id: there is no disk group {group.id} that is reported now")
        seen.add(group.id)
        _check_thresholds(at, group, *thresholds[group.id])
        yield GroupSettings(
            id=group.id, threshold_pct=group.threshold_pct, target_pct=group.target_pct, mode=group.mode
        )


def _check_thresholds(at: str, group: TriedGroup, threshold_pct: float, target_pct: float) -> None:
    """As they would be checked if they were saved; a sunset threshold is none of what can be tried."""
    wanted = DiskGroupChange(
        thresholdPct=threshold_pct if group.threshold_pct is None else group.threshold_pct,
        targetPct=target_pct if group.target_pct is None else group.target_pct,
    )
    try:
        edited(Settings(threshold_pct, target_pct, None, ExecutionMode.DRY_RUN, None), wanted)
    except BadInputError as exc:
        raise BadInputError(f"{at}.{exc.message}") from exc
