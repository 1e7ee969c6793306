"""The column engine and the per-item interpreter say the same of random libraries: 300 worlds of about 40 items."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.enums import ACTS_ALONE, ExecutionMode, FactorKey
from services.engine.evaluation import Evaluation
from services.engine.scoring.score import RAW, marked_by
from services.engine.selection.candidates import select_candidates
from services.engine.selection.eligibility import Why
from tests.unit.engine import oracle
from tests.unit.engine.catalogue_rows import NOW
from tests.unit.engine.oracle_selection import Judge, Wish, selected
from tests.unit.engine.worlds import GIB, World, random_rule, random_world

WISHES = [(1, 12, ExecutionMode.AUTO), (1, 300, ExecutionMode.DRY_RUN), (2, 40, ExecutionMode.SUNSET)]


@given(seed=st.integers(0, 2**48), items=st.integers(36, 44), rules=st.integers(0, 12))
@settings(max_examples=300, deadline=None)
def test_S17_column_engine_equals_the_per_item_interpreter(seed: int, items: int, rules: int) -> None:
    world = random_world(Random(seed), items, rules)

    evaluation = world.evaluated()

    scores_are_equal(world, evaluation)
    order_is_equal(world, evaluation)
    judge = world.judge()
    reasons_are_equal(judge, evaluation)
    selections_are_equal(judge, evaluation)


@given(seed=st.integers(0, 2**48))
@settings(max_examples=3, deadline=None)
def test_a_hundred_and_fifty_rules_are_judged_alike(seed: int) -> None:
    rng = Random(seed)
    rules = tuple(random_rule(rng, number) for number in range(1, 151))

    world = replace(random_world(rng, 20, 0), rules=rules)

    scores_are_equal(world, world.evaluated())


def scores_are_equal(world: World, evaluation: Evaluation) -> None:
    rules, enabled = evaluation.rules, world.sources.enabled
    marks = {str(place): marked_by(place) for place in range(len(rules))}
    found = {row["id"]: row for row in evaluation.ranked.with_columns(**marks).rows(named=True)}
    for item in world.rows:
        row = found[item["id"]]
        told = [rule.stored.id for place, rule in enumerate(rules) if row[str(place)]]
        assert told == [rule.id for rule in oracle.matched(item, world.rules, NOW)]
        score, is_protected = oracle.score(item, world.weights, enabled, world.rules, NOW)
        assert row["protected"] == is_protected
        assert row["score"] == pytest.approx(score, rel=1e-12, abs=1e-9)
        counting = oracle.taking_part(item, enabled, NOW)
        assert {key: row[RAW[key]] for key in FactorKey if row[RAW[key]] is not None} == pytest.approx(counting)


def order_is_equal(world: World, evaluation: Evaluation) -> None:
    """By the engine's own scores: they are equal to a billionth, and a tie may hang on less."""
    exact = dict(evaluation.ranked.select("id", "score").iter_rows())
    expected = oracle.order([(item, exact[item["id"]]) for item in world.rows], world.tiebreaker)
    assert evaluation.ranked["id"].to_list() == expected


def reasons_are_equal(judge: Judge, evaluation: Evaluation) -> None:
    found = {row["id"]: {why for why in Why if row[why]} for row in evaluation.ranked.rows(named=True)}
    assert found == judge.reasons


def selections_are_equal(judge: Judge, evaluation: Evaluation) -> None:
    by_id = {item["id"]: item for item in judge.items}
    ranked = [by_id[number] for number in evaluation.ranked["id"]]
    for group, gib, mode in WISHES:
        for companions in ((), {1, 2}):
            found = select_candidates(evaluation.ranked, group, gib * GIB, mode, companions=companions)
            wish = Wish(group, gib * GIB, mode in ACTS_ALONE, companions)
            assert (found.chosen["id"].to_list(), found.held) == selected(ranked, judge, wish)
