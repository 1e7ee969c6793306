"""Settings tried on a library: the difference is that of what both sides choose, and nothing tried is none."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.enums import ExecutionMode, FactorKey, RuleEffect, Tiebreaker
from libs.common.messaging.simulation import (
    MOST_LISTED,
    AskSimulation,
    ComparedItems,
    GroupSettings,
    SimulatedRule,
    Simulation,
)
from services.engine.evaluation import Evaluation, evaluate_items
from services.engine.questions.budgets import GroupBudget
from services.engine.rules.compile import StoredRule
from services.engine.selection.candidates import select_candidates
from services.engine.simulate.settings import fault_in, tried_facts
from services.engine.simulate.simulation import simulate
from tests.unit.engine.catalogue_rows import NOW, item
from tests.unit.engine.explaining import GIB, WITH_PLEX, budget, evaluated


def rule(effect: RuleEffect, value: str = "item", field: str = "title", operator: str = "contains") -> SimulatedRule:
    return SimulatedRule(integration_id=1, field=field, operator=operator, value=value, effect=effect)


def ids(items: ComparedItems) -> list[str]:
    return [found.external_id for found in items.items]


def tried(evaluation: Evaluation, group: GroupBudget | None = None, **question: Any) -> Simulation:
    return simulate(evaluation, [group or budget(60)], AskSimulation(**question))


SMALLER_AND_SMALLER = tuple(item(number, size_bytes=(50 - number) * GIB) for number in range(1, 6))


def test_nothing_tried_is_no_difference() -> None:
    simulation = tried(evaluated(*SMALLER_AND_SMALLER))

    (group,) = simulation.groups
    assert group.before == group.after
    assert (group.before.candidates, group.before.bytes_chosen) == (2, 97 * GIB)
    for items in (simulation.added, simulation.removed, simulation.newly_protected, simulation.no_longer_protected):
        assert (items.total, items.items) == (0, ())


def test_keep_rule_takes_its_item_out_and_lets_the_next_in() -> None:
    simulation = tried(evaluated(*SMALLER_AND_SMALLER), rules=(rule(RuleEffect.ALWAYS_KEEP, "item 1"),))

    assert (ids(simulation.removed), ids(simulation.added), ids(simulation.newly_protected)) == (["1"], ["3"], ["1"])
    assert simulation.groups[0].after.protected == 1
    (gone,) = simulation.removed.items
    assert gone.score_before > 0
    assert gone.score_after == 0


def test_rules_take_the_place_of_all_stored_ones() -> None:
    stored = StoredRule(1, 1, "title", "contains", "item", RuleEffect.ALWAYS_KEEP)

    simulation = tried(evaluated(*SMALLER_AND_SMALLER, rules=(stored,)), rules=())

    assert simulation.no_longer_protected.total == 5
    assert ids(simulation.added) == ["1", "2"]


def test_disabled_rule_is_checked_and_does_nothing() -> None:
    off = rule(RuleEffect.ALWAYS_KEEP).model_copy(update={"enabled": False})
    bad = rule(RuleEffect.ALWAYS_KEEP, "(", operator="regex").model_copy(update={"enabled": False})

    simulation = tried(evaluated(*SMALLER_AND_SMALLER), rules=(off,))

    assert simulation.newly_protected.total == 0
    assert (fault_in((off, bad)) or "").startswith("rules.1.value")


def test_weights_turn_the_order() -> None:
    rows = (item(1, size_bytes=50 * GIB, rating=5.0), item(2, size_bytes=40 * GIB, rating=4.0))
    evaluation = evaluated(*rows)

    simulation = tried(evaluation, budget(10), weights={FactorKey.FILE_SIZE: 0, FactorKey.RATING: 10})

    assert (ids(simulation.removed), ids(simulation.added)) == (["1"], ["2"])


def test_target_threshold_and_mode_are_tried_on_one_group() -> None:
    evaluation = evaluated(*SMALLER_AND_SMALLER)
    group = budget(60)

    higher = tried(evaluation, group, groups=(GroupSettings(id=1, threshold_pct=95),))
    deeper = tried(evaluation, group, groups=(GroupSettings(id=1, target_pct=60),))
    other = tried(evaluation, group, groups=(GroupSettings(id=2, target_pct=60),))

    assert (higher.groups[0].after.bytes_to_free, ids(higher.removed)) == (0, ["1", "2"])
    assert deeper.groups[0].after.bytes_to_free == pytest.approx(120 * GIB, abs=10)
    assert ids(deeper.added) == ["3"]
    assert other.groups[0].before == other.groups[0].after


def test_mode_that_acts_alone_holds_for_want_of_evidence() -> None:
    evaluation = evaluated(item(1, play_count=0), sources=WITH_PLEX)

    simulation = tried(
        evaluation, budget(5, ExecutionMode.DRY_RUN), groups=(GroupSettings(id=1, mode=ExecutionMode.AUTO),)
    )
    without_bar = tried(evaluation, budget(5), evidence_min_weight_pct=0)

    assert (ids(simulation.removed), simulation.groups[0].after.held) == (["1"], 1)
    assert ids(without_bar.added) == ["1"]


def test_minimum_age_is_tried() -> None:
    simulation = tried(evaluated(item(1, file_added_at=NOW - timedelta(days=3))), min_file_age_days=2)

    assert ids(simulation.added) == ["1"]


def test_run_that_would_stop_and_ask_says_so() -> None:
    evaluation = evaluated(*SMALLER_AND_SMALLER, max_pct=30)

    (group,) = tried(evaluation, max_delete_pct_per_run=60).groups
    (simulated,) = tried(evaluation, budget(60, ExecutionMode.DRY_RUN)).groups

    assert "would remove 2 of 5 items (40.0 %)" in group.before.would_stop
    assert group.after.would_stop == simulated.before.would_stop == ""


def test_tiebreaker_is_tried() -> None:
    rows = (item(1, title="B", size_bytes=100 * GIB), item(2, title="A", size_bytes=100 * GIB))

    simulation = tried(evaluated(*rows), budget(50), tiebreaker=Tiebreaker.NAME_ASC)

    assert (ids(simulation.removed), ids(simulation.added)) == (["1"], ["2"])


def test_long_lists_are_cut_and_counted() -> None:
    rows = [item(number, title="x" * 3000) for number in range(1, MOST_LISTED + 11)]

    simulation = tried(evaluated(*rows), rules=(rule(RuleEffect.ALWAYS_KEEP, "x"),))

    kept = simulation.newly_protected
    assert (kept.total, len(kept.items), kept.total_bytes) == (
        MOST_LISTED + 10,
        MOST_LISTED,
        (MOST_LISTED + 10) * 10 * GIB,
    )
    assert len(kept.items[0].title) == 200


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        (rule(RuleEffect.LEAN_KEEP, field="nonsense"), "rules.1.field"),
        (rule(RuleEffect.LEAN_KEEP, operator="gt"), "rules.1.operator"),
        (rule(RuleEffect.LEAN_KEEP, ""), "rules.1.value"),
        (rule(RuleEffect.LEAN_KEEP, "(", operator="regex"), "rules.1.value"),
        (rule(RuleEffect.LEAN_KEEP, "(a{1000}){1000}", operator="regex"), "rules.1.value"),
        (rule(RuleEffect.LEAN_KEEP, "(?=x)", operator="regex"), "rules.1.value"),
    ],
    ids=["field", "operator", "empty", "syntax", "size", "look-around"],
)
def test_rule_that_could_not_be_stored_is_refused_with_its_place(bad: SimulatedRule, place: str) -> None:
    fault = fault_in((rule(RuleEffect.LEAN_KEEP), bad))

    assert fault is not None
    assert fault.startswith(f"{place}: ")


@given(
    sizes=st.lists(st.integers(0, 40), min_size=1, max_size=12),
    weight=st.integers(0, 10),
    effect=st.sampled_from(RuleEffect),
    digit=st.sampled_from("123456789"),
    target=st.floats(40, 84),
)
@settings(max_examples=30, deadline=None)
def test_difference_is_the_difference_of_what_both_sides_choose(
    sizes: list[int], weight: int, effect: RuleEffect, digit: str, target: float
) -> None:
    evaluation = evaluated(*(item(number, size_bytes=size * GIB) for number, size in enumerate(sizes, 1)))
    question = AskSimulation(
        weights={FactorKey.FILE_SIZE: weight},
        rules=(rule(effect, digit),),
        groups=(GroupSettings(id=1, target_pct=target),),
    )
    group = budget(30)
    changed = group.with_settings(threshold_pct=None, target_pct=target, mode=None)
    other = evaluate_items(evaluation.catalogue, tried_facts(evaluation.facts, question))

    simulation = simulate(evaluation, [group], question)

    was = set(select_candidates(evaluation.ranked, 1, group.bytes_to_free, group.mode).chosen["external_id"])
    becomes = set(select_candidates(other.ranked, 1, changed.bytes_to_free, group.mode).chosen["external_id"])
    assert (set(ids(simulation.added)), set(ids(simulation.removed))) == (becomes - was, was - becomes)
    assert simulation.groups[0].after.candidates == len(becomes)
