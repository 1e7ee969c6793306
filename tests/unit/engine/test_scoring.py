"""The column engine against worked values and against the per-item interpreter."""

import itertools
import math
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from libs.common.domain.enums import FactorKey, IntegrationType, RuleEffect, Tiebreaker
from libs.common.domain.factors import DEFAULT_WEIGHTS
from services.engine.rules.compile import StoredRule, compile_rules
from services.engine.scoring.applicability import CONNECTION_ERROR, Sources, applicability
from services.engine.scoring.order import rank_items
from services.engine.scoring.score import RAW, Scoring, score_items
from tests.unit.engine.catalogue_rows import NOW, frame, item

GIB = 1024**3
ALL = frozenset(IntegrationType)


def scored(
    *rows: dict[str, Any],
    weights: dict[FactorKey, int] | None = None,
    enabled: frozenset[IntegrationType] = ALL,
    broken: frozenset[IntegrationType] = frozenset(),
    rules: tuple[StoredRule, ...] = (),
    tiebreaker: Tiebreaker = Tiebreaker.SIZE_DESC,
) -> pl.DataFrame:
    scoring = Scoring(
        now=NOW,
        weights=DEFAULT_WEIGHTS if weights is None else weights,
        applicability=applicability(Sources(enabled, broken)),
        rules=compile_rules(rules, NOW),
    )
    return rank_items(score_items(frame(*rows), scoring).collect(), tiebreaker)


@pytest.mark.parametrize(
    ("key", "values", "raw"),
    [
        (FactorKey.WATCH_HISTORY, {"play_count": 0}, 1.0),
        (FactorKey.WATCH_HISTORY, {"play_count": 1}, 0.5),
        (FactorKey.WATCH_HISTORY, {"play_count": 2}, 0.25),
        (FactorKey.WATCH_HISTORY, {"play_count": None}, None),
        (FactorKey.LAST_WATCHED, {"last_played": NOW - timedelta(days=30)}, 0.0822),
        (FactorKey.LAST_WATCHED, {"last_played": NOW - timedelta(days=182.5)}, 0.5),
        (FactorKey.LAST_WATCHED, {"last_played": NOW - timedelta(days=900)}, 1.0),
        (FactorKey.LAST_WATCHED, {"play_count": 0}, 1.0),
        (FactorKey.LAST_WATCHED, {"play_count": 3}, None),
        (FactorKey.LAST_WATCHED, {}, None),
        (FactorKey.LAST_WATCHED, {"last_played": NOW + timedelta(days=3)}, 0.0),
        (FactorKey.FILE_SIZE, {"size_bytes": 5 * GIB}, 0.1),
        (FactorKey.FILE_SIZE, {"size_bytes": 25 * GIB}, 0.5),
        (FactorKey.FILE_SIZE, {"size_bytes": 80 * GIB}, 1.0),
        (FactorKey.FILE_SIZE, {"size_bytes": 0}, 0.0),
        (FactorKey.RATING, {"rating": 7.0}, 0.3),
        (FactorKey.RATING, {"rating": 75.0}, 0.25),
        (FactorKey.RATING, {"rating": 0.0}, 0.5),
        (FactorKey.RATING, {"rating": 101.0}, 0.5),
        (FactorKey.RATING, {"rating": None}, 0.5),
        (FactorKey.TIME_IN_LIBRARY, {"added_at": NOW - timedelta(days=182.5)}, 0.5),
        (FactorKey.TIME_IN_LIBRARY, {"added_at": NOW + timedelta(days=1)}, 0.0),
        (FactorKey.TIME_IN_LIBRARY, {"added_at": None}, 0.5),
        (FactorKey.SERIES_STATUS, {"media_type": "show", "series_status": "Ended"}, 1.0),
        (FactorKey.SERIES_STATUS, {"media_type": "show", "series_status": "continuing"}, 0.2),
        (FactorKey.SERIES_STATUS, {"media_type": "show", "series_status": None}, 0.5),
        (FactorKey.SERIES_STATUS, {"media_type": "movie", "series_status": "ended"}, None),
        (FactorKey.REQUEST_POPULARITY, {"requested": True}, 0.1),
        (FactorKey.REQUEST_POPULARITY, {"requested": True, "watched_by_requestor": True}, 0.3),
        (FactorKey.REQUEST_POPULARITY, {"requested": None}, 0.5),
    ],
)
def test_raw_values(key: FactorKey, values: dict[str, Any], raw: float | None) -> None:
    found = scored(item(1, **values))[RAW[key]][0]

    assert found == (None if raw is None else pytest.approx(raw, abs=5e-5))


def test_T89_dates_in_the_future_count_as_today() -> None:
    dates = [NOW, NOW + timedelta(days=3), NOW + timedelta(days=4_000)]
    rows = [item(number, added_at=date, last_played=date, play_count=1) for number, date in enumerate(dates, 1)]

    found = scored(*rows)

    assert found[RAW[FactorKey.LAST_WATCHED]].to_list() == found[RAW[FactorKey.TIME_IN_LIBRARY]].to_list() == [0.0] * 3
    assert len(set(found["score"])) == 1


def test_worked_example_of_the_final_score() -> None:
    weights = {FactorKey.WATCH_HISTORY: 10, FactorKey.FILE_SIZE: 6, FactorKey.RATING: 5}

    found = scored(item(1, play_count=0, size_bytes=25 * GIB, rating=3.0), weights=weights)

    assert found["score"][0] == pytest.approx(16.5 / 21)


def test_without_any_weight_nothing_scores() -> None:
    rule = StoredRule(1, 1, "title", "contains", "item", RuleEffect.ALWAYS_REMOVE)

    found = scored(item(1, play_count=0), weights=dict.fromkeys(FactorKey, 0), rules=(rule,))

    assert found["score"][0] == 0.0


def test_factor_without_a_source_is_left_out_silently_and_a_broken_one_is_named() -> None:
    nothing = applicability(Sources())
    broken = applicability(Sources({IntegrationType.PLEX, IntegrationType.SEERR}, {IntegrationType.SEERR}))

    assert FactorKey.WATCH_HISTORY not in nothing.configured
    assert nothing.skipped == {}
    assert broken.skipped == {FactorKey.REQUEST_POPULARITY: CONNECTION_ERROR}


def test_T72_outage_of_every_source_changes_no_score() -> None:
    rows = [item(1, play_count=4, requested=True), item(2, play_count=None, requested=None), item(3, requested=False)]
    enabled = frozenset({IntegrationType.PLEX, IntegrationType.SEERR})

    before, after = (scored(*rows, enabled=enabled, broken=broken) for broken in (frozenset(), enabled))

    assert after.select("id", "score", *RAW.values()).equals(before.select("id", "score", *RAW.values()))
    assert after.sort("id")[RAW[FactorKey.WATCH_HISTORY]].to_list() == [0.125, None, None]
    assert after.sort("id")[RAW[FactorKey.REQUEST_POPULARITY]].to_list() == [0.1, 0.5, 0.5]


def test_T92_always_keep_wins_in_any_position() -> None:
    keep = StoredRule(1, 1, "title", "contains", "item", RuleEffect.ALWAYS_KEEP)
    remove = StoredRule(2, 1, "title", "contains", "item", RuleEffect.ALWAYS_REMOVE)

    for rules in ((keep, remove), (remove, keep)):
        found = scored(item(1), rules=rules)
        assert (found["score"][0], found["protected"][0]) == (0.0, True)


@pytest.mark.parametrize(("field", "values"), [("title", {"title": "Firefly"}), ("tag", {"tags": ["firefly"]})])
def test_blanks_pasted_along_cost_no_protection(field: str, values: dict[str, Any]) -> None:
    rule = StoredRule(1, 1, field, "equals", " Firefly ", RuleEffect.ALWAYS_KEEP)

    assert scored(item(1, **values), rules=(rule,))["protected"][0]


def test_T93_rule_of_another_integration_is_ignored() -> None:
    rule = StoredRule(1, 2, "title", "contains", "item", RuleEffect.ALWAYS_KEEP)

    assert not scored(item(1, integration_id=1), rules=(rule,))["protected"][0]


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("title", "regex", "("),
        ("nothing", "equals", "x"),
        ("playcount", "gt", "many"),
        ("rating", "lt", "nan"),
        ("year", "lt", "inf"),
        ("monitored", "gt", "1"),
    ],
)
def test_rule_that_cannot_be_matched_frees_nothing(field: str, operator: str, value: str) -> None:
    keep = StoredRule(1, 1, field, operator, value, RuleEffect.ALWAYS_KEEP)
    remove = StoredRule(2, 1, field, operator, value, RuleEffect.ALWAYS_REMOVE)

    found = scored(item(1), item(2, integration_id=2), rules=(keep, remove))

    assert dict(zip(found["id"], found["protected"], strict=True)) == {1: True, 2: False}
    assert max(found["score"].to_list()) <= 1.0


def test_T95_hostile_pattern_ends() -> None:
    rule = StoredRule(1, 1, "title", "regex", "(a+)+$", RuleEffect.LEAN_REMOVE)

    assert scored(item(1, title="a" * 10_000 + "!"), rules=(rule,))["modifier"][0] == 1.0


def test_T96_ratings_in_rules_may_be_of_ten_or_of_a_hundred() -> None:
    for value in ("5", "50"):
        rule = StoredRule(1, 1, "rating", "lt", value, RuleEffect.LEAN_REMOVE)
        found = scored(item(1, rating=7.2), item(2, rating=4.0), rules=(rule,))
        assert dict(zip(found["id"], found["modifier"], strict=True)) == {1: 1.0, 2: 1.5}


def test_T97_near_scores_come_in_one_order_however_they_arrive() -> None:
    rows = [item(number, play_count=number % 3, size_bytes=number * 100) for number in range(1, 40)]

    first = scored(*rows)["id"].to_list()

    assert all(scored(*rows[cut:], *rows[:cut])["id"].to_list() == first for cut in (1, 7, 23))


@pytest.mark.parametrize("score", [0.15625, 0.20625, 0.18125])
def test_T97_score_half_way_between_two_steps_belongs_to_the_upper_one(score: float) -> None:
    step = math.ceil(score * 10_000) / 10_000
    items = scored(item(1, size_bytes=1), item(2, size_bytes=2)).sort("id").drop("rank")

    ranked = rank_items(items.with_columns(score=pl.Series([step, score])), Tiebreaker.SIZE_DESC)

    assert ranked["id"].to_list() == [2, 1]


def test_order_of_rules_changes_no_digit_of_a_score() -> None:
    effects = [effect for effect in RuleEffect if effect is not RuleEffect.ALWAYS_KEEP]
    rules = [StoredRule(n, 1, "title", "contains", "item", effects[n % 5]) for n in range(1, 9)]

    scores = {
        scored(item(1, rating=7.3), rules=tuple(order))["score"][0]
        for order in itertools.islice(itertools.permutations(rules), 0, None, 997)
    }

    assert len(scores) == 1


@pytest.mark.parametrize("effect", [RuleEffect.ALWAYS_REMOVE, RuleEffect.PREFER_KEEP])
def test_score_stays_a_number_however_many_rules_match(effect: RuleEffect) -> None:
    rules = tuple(StoredRule(n, 1, "title", "contains", "item", effect) for n in range(500))

    found = scored(item(1), item(2, title="Another"), rules=rules)

    assert math.isfinite(found["score"].sum())
    assert found["id"][0] == (1 if effect is RuleEffect.ALWAYS_REMOVE else 2)
