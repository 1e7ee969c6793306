"""What the engine says about a score, by columns, against the same said item by item."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.enums import ExecutionMode, IntegrationType, RuleEffect, Tiebreaker
from libs.common.domain.factors import DEFAULT_WEIGHTS
from libs.common.preview.parts import whole_text
from services.engine import json_text
from services.engine.evaluation import Evaluation, evaluate_items
from services.engine.facts import Facts
from services.engine.preview.render import QueuePlace, Surroundings, render
from services.engine.rules.compile import StoredRule
from services.engine.scoring.applicability import Sources
from services.engine.scoring.details import Explainer
from services.engine.selection.eligibility import Guards
from tests.unit.engine.catalogue_rows import LONG_AGO, NOW, frame, item, season, show
from tests.unit.engine.explain_oracle import PlainExplainer

GIB = 1024**3
NOTHING_AROUND = Surroundings({}, {})


def evaluated(*rows: dict[str, Any], rules: tuple[StoredRule, ...] = (), sources: Sources | None = None) -> Evaluation:
    facts = Facts(
        now=NOW,
        preferences=SimpleNamespace(tiebreaker_method=Tiebreaker.SIZE_DESC),  # type: ignore[arg-type]  # stands for a row
        weights=DEFAULT_WEIGHTS,
        rules=rules,
        sources=sources or Sources(set(IntegrationType)),
        guards=Guards(7, 48, 60),
        revision=1,
        scoring=1,
    )
    return evaluate_items(frame(*rows).collect(), facts)


def rendered(evaluation: Evaluation, around: Surroundings = NOTHING_AROUND) -> list[dict[str, Any]]:
    return list(json.loads(b"".join(whole_text(render(evaluation, around).gzip))))


def rule(number: int, effect: RuleEffect, field: str = "title", operator: str = "contains", value: str = "item") -> Any:
    return StoredRule(number, 1, field, operator, value, effect)


MIXED = (
    item(1, play_count=0, rating=3.0, size_bytes=25 * GIB),
    item(2, play_count=None, rating=None, requested=True, watched_by_requestor=False),
    item(3, play_count=7, last_played=LONG_AGO, tags=["keep"], title='A "quoted" \\ title\n'),
    show(4, series_status="ended"),
    season(5, 4, 1, play_count=1, last_played=NOW - timedelta(days=3)),
    item(6, media_type="book", watch_matched=False),
)
RULES = (
    rule(11, RuleEffect.LEAN_REMOVE),
    rule(12, RuleEffect.ALWAYS_KEEP, "tag", "contains", "keep"),
    rule(13, RuleEffect.PREFER_REMOVE, "sizeBytes", "gt", str(20 * GIB)),
    rule(14, RuleEffect.LEAN_KEEP, "tag", "not_contains", "keep"),
)


@pytest.mark.parametrize(
    "sources",
    [
        Sources(set(IntegrationType)),
        Sources({IntegrationType.RADARR}),
        Sources({IntegrationType.PLEX, IntegrationType.SEERR}, {IntegrationType.PLEX, IntegrationType.SEERR}),
        Sources(),
    ],
    ids=["all", "no watch source", "broken", "none"],
)
def test_columns_and_items_are_explained_alike(sources: Sources) -> None:
    evaluation = evaluated(*MIXED, rules=RULES, sources=sources)
    weights, applicability, rules = evaluation.facts.weights, evaluation.applicability, evaluation.rules
    plain, by_columns = PlainExplainer(weights, applicability, rules), Explainer(weights, applicability, rules)

    told = (
        by_columns.with_shares(evaluation.ranked)
        .select(details=by_columns.details(), points=by_columns.points(), reason=by_columns.reason())
        .rows(named=True)
    )

    for row, found in zip(evaluation.ranked.rows(named=True), told, strict=True):
        details = [_without_value(entry) for entry in json.loads(found["details"])]
        assert details == plain.details(row)
        assert json.loads(found["points"]) == pytest.approx(plain.points(row), abs=2e-4)
        assert _parts(found["reason"] or "") == _parts(plain.reason(row))


def test_every_one_of_many_rules_is_told_with_what_it_matched() -> None:
    effects = [RuleEffect.LEAN_REMOVE, RuleEffect.LEAN_KEEP, RuleEffect.PREFER_REMOVE]
    rules = tuple(
        rule(number, effects[number % 3], "title", "contains" if number % 4 else "not_contains", "item")
        for number in range(1, 151)
    )

    evaluation = evaluated(item(1), item(2, title="Another"), rules=rules)

    told = {entry["externalId"]: entry["scoreFactors"] for entry in rendered(evaluation)}
    numbers = {name: [entry["ruleId"] for entry in told[name] if entry["type"] == "rule"] for name in told}
    assert numbers == {"1": [n for n in range(1, 151) if n % 4], "2": [n for n in range(1, 151) if not n % 4]}
    plain = PlainExplainer(evaluation.facts.weights, evaluation.applicability, evaluation.rules)
    for row in evaluation.ranked.rows(named=True):
        assert [found.stored.id for found in plain.matched(row)] == numbers[row["external_id"]]


def test_item_protected_by_the_last_of_many_rules_tells_which() -> None:
    rules = tuple(rule(number, RuleEffect.LEAN_REMOVE, "title", "equals", "item 1") for number in range(1, 100))

    (shown,) = rendered(evaluated(item(1), rules=(*rules, rule(100, RuleEffect.ALWAYS_KEEP))))

    assert (shown["protected"], [entry["ruleId"] for entry in shown["scoreFactors"]]) == (True, [100])


def _parts(reason: str) -> list[tuple[str, Any]]:
    """The names of a reason with their numbers, which two ways of rounding may put a hundredth apart."""
    named = [part.partition(":") for part in reason.split(", ")]
    return [
        (name, pytest.approx(float(number), abs=0.011) if _is_number(number) else number) for name, _, number in named
    ]


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _without_value(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "matchedValue"}


def test_factors_add_up_to_the_score_and_protected_items_show_none() -> None:
    for shown in rendered(evaluated(*MIXED, rules=RULES)):
        assert sum(shown["factors"].values()) == pytest.approx(shown["score"], abs=1e-3)
        assert shown["protected"] is (shown["externalId"] == "3")
        assert 0 <= shown["score"] <= 100


def test_seed_example_of_points() -> None:
    shown = rendered(evaluated(item(1, rating=None, size_bytes=50 * GIB), sources=Sources({IntegrationType.RADARR})))[0]

    assert shown["factors"] == {"size": 40, "rating": pytest.approx(16.6667), "age": pytest.approx(26.6667)}
    assert shown["score"] == pytest.approx(83.3333)


@pytest.mark.parametrize(
    ("field", "operator", "value", "values", "matched"),
    [
        ("title", "contains", "item", {}, "Item 1"),
        ("rating", "lt", "9", {"rating": 7.26}, "7.3"),
        ("sizeBytes", "gt", "1", {"size_bytes": int(1.5 * GIB)}, "1.50 GB"),
        ("timeInLibrary", "over_ago", "10", {"added_at": NOW - timedelta(days=20, hours=9)}, "20"),
        ("tag", "contains", "ke", {"tags": ["4k", "keep"]}, "keep"),
        ("tag", "not_contains", "x", {"tags": ["4k", "keep"]}, "4k, keep"),
        ("tag", "not_contains", "x", {"tags": []}, "(none)"),
        ("monitored", "equals", "true", {}, "true"),
        ("year", "lt", "2000", {"year": 1999}, "1999"),
        ("lastPlayed", "never", "", {}, None),
    ],
)
def test_matched_rule_tells_what_the_item_had(
    field: str, operator: str, value: str, values: dict[str, Any], matched: str | None
) -> None:
    rules = (rule(1, RuleEffect.LEAN_REMOVE, field, operator, value),)

    entry = rendered(evaluated(item(1, **values), rules=rules))[0]["scoreFactors"][-1]

    assert (entry["type"], entry["rawScore"], entry["ruleId"]) == ("rule", 1.5, 1)
    assert entry.get("matchedValue") == matched


def test_unknown_members_are_left_out_and_known_ones_are_plain() -> None:
    shown = rendered(evaluated(item(1, year=0, tags=["a"], last_played=LONG_AGO, rating=8.0)))[0]

    assert not {"year", "posterUrl", "queueStatus", "approvalQueueId", "holds"} & set(shown)
    assert shown["item"]["tags"] == ["a"]
    assert shown["item"]["lastPlayed"] == LONG_AGO.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (shown["item"]["rating"], type(shown["item"]["rating"])) == (8, int)
    assert "playCount" not in shown["item"]


def test_places_in_the_queues_are_shown_and_keep_the_order() -> None:
    evaluation = evaluated(*(item(number, size_bytes=number * GIB) for number in range(1, 5)))
    places = {(1, "2"): QueuePlace("pending", 9), (1, "4"): QueuePlace("deleting")}

    shown = rendered(evaluation, Surroundings(places, {}))

    assert [entry["externalId"] for entry in shown] == ["4", "3", "2", "1"]
    assert [entry.get("queueStatus") for entry in shown] == ["deleting", None, "pending", None]
    assert [entry.get("approvalQueueId") for entry in shown] == [None, None, 9, None]


def test_missing_evidence_is_a_hold_only_where_nobody_is_asked() -> None:
    evaluation = evaluated(item(1, play_count=0))

    def codes(mode: ExecutionMode) -> list[str]:
        return [hold["code"] for hold in rendered(evaluation, Surroundings({}, {1: mode}))[0].get("holds", [])]

    assert codes(ExecutionMode.AUTO) == ["evidence_missing"]
    assert codes(ExecutionMode.DRY_RUN) == []


@given(values=st.lists(st.none() | st.text(), min_size=1, max_size=5), tags=st.lists(st.text(), max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_text_survives_as_json(values: list[str | None], tags: list[str]) -> None:
    table = pl.DataFrame(
        {"word": values, "tags": [tags] * len(values)}, schema={"word": pl.String, "tags": pl.List(pl.String)}
    )
    written = json_text.members({"word": json_text.text(pl.col("word")), "tags": json_text.text(pl.col("tags"))})

    found = [json.loads(entry) for entry in table.select(written).to_series().to_list()]

    expected = [{"word": word, "tags": tags} if word is not None else {"tags": tags} for word in values]
    assert found == expected


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.0, 2, "0.00"), (0.2857, 2, "0.29"), (7.06, 1, "7.1"), (1.0, 2, "1.00"), (10.999, 2, "11.00")],
)
def test_fixed_decimals(value: float, digits: int, text: str) -> None:
    assert pl.select(json_text.fixed(pl.lit(value), digits)).item() == text
