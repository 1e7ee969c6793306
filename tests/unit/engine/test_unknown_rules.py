"""Rules about facts that nobody has told, or not lately: who might be kept is held where nobody is asked."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.common.domain.enums import Capability, ExecutionMode, IntegrationType, RuleEffect, Tiebreaker
from libs.common.domain.factors import DEFAULT_WEIGHTS
from libs.common.domain.rules.fields import FIELDS, Needs
from services.engine.evaluation import with_reasons
from services.engine.rules.compile import StoredRule, compile_rules
from services.engine.scoring.applicability import Sources, applicability
from services.engine.scoring.order import rank_items
from services.engine.scoring.score import Scoring, score_items
from services.engine.selection.candidates import Selection, select_candidates
from services.engine.selection.eligibility import Guards
from tests.unit.engine.catalogue_rows import NOW, frame, item

GIB = 1024**3
STALE = NOW - timedelta(hours=49)
EVERYTHING: dict[Capability, datetime | None] = dict.fromkeys(Capability, NOW)
KNOWN = {
    "play_count": 0,
    "watch_evidence_at": NOW,
    "requested": False,
    "request_evidence_at": NOW,
    "watched_by_requestor": False,
    "on_watchlist": False,
}
RULES = {
    "playcount": ("gt", "5"),
    "lastplayed": ("in_last", "30"),
    "requested": ("equals", "true"),
    "requestcount": ("gt", "1"),
    "requestedby": ("equals", "anna"),
    "watchedbyreq": ("equals", "true"),
    "watchlist": ("equals", "true"),
    "collection": ("contains", "trilogy"),
    "incollection": ("equals", "true"),
    "label": ("equals", "keep"),
    "hasLabel": ("equals", "true"),
}
"""One rule for each field that not the *arr tell, matched by no item of these tests."""
TOLD_BY = {
    "playcount": Capability.PLAYS,
    "lastplayed": Capability.PLAYS,
    "requested": Capability.REQUESTS,
    "requestcount": Capability.REQUESTS,
    "requestedby": Capability.REQUESTS,
    "watchedbyreq": Capability.REQUESTS,
    "watchlist": Capability.WISHES,
    "collection": Capability.COLLECTIONS,
    "incollection": Capability.COLLECTIONS,
    "label": Capability.LABELS,
    "hasLabel": Capability.LABELS,
}
KEEPS = [RuleEffect.ALWAYS_KEEP, RuleEffect.PREFER_KEEP, RuleEffect.LEAN_KEEP]


def rule(field: str, effect: RuleEffect = RuleEffect.ALWAYS_KEEP, *, integration_id: int = 1) -> StoredRule:
    operator, value = RULES[field]
    return StoredRule(1, integration_id, field, operator, value, effect)


def selection(
    *rows: dict[str, Any],
    rules: tuple[StoredRule, ...],
    told_at: dict[Capability, datetime | None] | None = None,
    mode: ExecutionMode = ExecutionMode.AUTO,
    budget: int = GIB,
) -> Selection:
    compiled = compile_rules(rules, NOW)
    scoring = Scoring(NOW, DEFAULT_WEIGHTS, applicability(Sources(frozenset(IntegrationType))), compiled)
    guards = Guards(7, 48, 60, told_at=EVERYTHING if told_at is None else told_at)
    marked = with_reasons(score_items(frame(*rows), scoring), guards, scoring)
    ranked = rank_items(marked, Tiebreaker.SIZE_DESC)
    return select_candidates(ranked, 1, budget, mode)


def ids(found: Selection) -> list[int]:
    return found.chosen["id"].to_list()


def test_every_field_that_other_sources_tell_is_among_them() -> None:
    told_by_others = {field.key for field in FIELDS.values() if field.needs not in {Needs.NOTHING, Needs.SHOWS}}

    assert {field.lower() for field in RULES} == told_by_others


@pytest.mark.parametrize("effect", KEEPS)
@pytest.mark.parametrize("field", RULES)
@pytest.mark.parametrize("at", [None, STALE], ids=["never told", "told too long ago"])
def test_S06_S25_item_that_a_rule_might_keep_is_held_and_keeps_its_place(
    field: str, at: datetime | None, effect: RuleEffect
) -> None:
    rows = [item(1, size_bytes=30 * GIB, **KNOWN), item(2, size_bytes=20 * GIB, **KNOWN)]
    told_at = EVERYTHING | {TOLD_BY[field]: at}

    fresh = selection(*rows, rules=(rule(field, effect),))
    unsure = selection(*rows, rules=(rule(field, effect),), told_at=told_at)
    asked = selection(*rows, rules=(rule(field, effect),), told_at=told_at, mode=ExecutionMode.DRY_RUN)

    assert (ids(fresh), fresh.held) == ([1], 0)
    assert (ids(unsure), unsure.held) == ([], 1)
    assert ids(asked) == [1]


@pytest.mark.parametrize(
    ("effect", "chosen"),
    [(effect, []) for effect in KEEPS] + [(RuleEffect.LEAN_REMOVE, [1]), (RuleEffect.ALWAYS_REMOVE, [1])],
)
def test_broken_rule_that_keeps_lets_nothing_of_its_integration_go_unasked(
    effect: RuleEffect, chosen: list[int]
) -> None:
    broken = StoredRule(1, 1, "title", "regex", "(", effect)
    rows = [item(1, size_bytes=30 * GIB, **KNOWN), item(2, integration_id=2, size_bytes=20 * GIB, **KNOWN)]

    assert ids(selection(*rows[:1], rules=(broken,))) == chosen
    assert ids(selection(*rows[1:], rules=(broken,))) == [2], "another integration"
    if effect is not RuleEffect.ALWAYS_KEEP:
        assert ids(selection(*rows[:1], rules=(broken,), mode=ExecutionMode.DRY_RUN)) == [1]


@pytest.mark.parametrize("field", RULES)
def test_what_no_connected_source_can_tell_is_not_known(field: str) -> None:
    told_at = {each: at for each, at in EVERYTHING.items() if each is not TOLD_BY[field]}

    found = ids(selection(item(1, **KNOWN), rules=(rule(field),), told_at=told_at))

    assert found == ([1] if TOLD_BY[field] is Capability.COLLECTIONS else []), "Radarr tells collections as well"


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("playcount", "play_count"),
        ("lastplayed", "play_count"),
        ("requested", "requested"),
        ("watchedbyreq", "watched_by_requestor"),
        ("watchlist", "on_watchlist"),
    ],
)
def test_fact_that_was_not_told_of_this_item_holds_it_alone(field: str, column: str) -> None:
    unknown = {**KNOWN, column: None, "last_played": None if column == "play_count" else NOW - timedelta(days=900)}

    found = selection(item(1, **KNOWN), item(2, **unknown), rules=(rule(field),), budget=1000 * GIB)

    assert (ids(found), found.held) == ([1], 1)


def test_rule_that_pushes_out_on_an_old_word_holds_what_it_matches() -> None:
    gone = StoredRule(1, 1, "watchlist", "equals", "false", RuleEffect.PREFER_REMOVE)
    told_at = EVERYTHING | {Capability.WISHES: STALE}
    rows = [item(1, **KNOWN), item(2, **(KNOWN | {"on_watchlist": True}))]

    found = selection(*rows, rules=(gone,), told_at=told_at, budget=1000 * GIB)

    assert (ids(found), found.held) == ([2], 1)


def test_rule_of_another_integration_and_one_about_what_the_arr_tell_raise_no_doubt() -> None:
    title = StoredRule(2, 1, "title", "equals", "something else", RuleEffect.ALWAYS_KEEP)

    found = selection(item(1, **KNOWN), rules=(rule("label", integration_id=2), title), told_at={})

    assert ids(found) == [1]


def test_keep_rule_that_matches_on_the_last_known_word_protects_as_before() -> None:
    labelled = item(1, labels=["Keep"], has_label=True, **KNOWN)

    found = selection(labelled, rules=(rule("label"),), told_at=EVERYTHING | {Capability.LABELS: STALE})

    assert (ids(found), found.protected, found.held) == ([], 1, 0)
