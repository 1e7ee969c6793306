"""What a run picks: the shortest run of the order that reaches the budget, and nothing that anything keeps."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.common.domain.enums import ExecutionMode, FactorKey, IntegrationType, RuleEffect, Tiebreaker
from libs.common.domain.factors import DEFAULT_WEIGHTS
from services.engine.evaluation import with_reasons
from services.engine.rules.compile import StoredRule, compile_rules
from services.engine.scoring.applicability import Sources, applicability
from services.engine.scoring.order import rank_items
from services.engine.scoring.score import Scoring, score_items
from services.engine.selection.budget import Usage
from services.engine.selection.candidates import select_candidates
from services.engine.selection.eligibility import Guards, Why
from tests.unit.engine.catalogue_rows import NOW, frame, item, season, show

GIB = 1024**3
GUARDS = {"min_file_age_days": 7, "evidence_max_age_hours": 48, "evidence_min_weight_pct": 60}
MEDIA_ONLY = frozenset({IntegrationType.RADARR, IntegrationType.SONARR})


def ranked(
    *rows: dict[str, Any],
    enabled: frozenset[IntegrationType] = MEDIA_ONLY,
    rules: tuple[StoredRule, ...] = (),
    weights: dict[FactorKey, int] | None = None,
    **guards: Any,
) -> pl.DataFrame:
    scoring = Scoring(NOW, weights or DEFAULT_WEIGHTS, applicability(Sources(enabled)), compile_rules(rules, NOW))
    marked = with_reasons(score_items(frame(*rows), scoring), Guards(**(GUARDS | guards)), scoring)
    return rank_items(marked, Tiebreaker.SIZE_DESC)


def chosen(table: pl.DataFrame, bytes_to_free: int, mode: ExecutionMode = ExecutionMode.AUTO) -> list[int]:
    return select_candidates(table, 1, bytes_to_free, mode).chosen["id"].to_list()


def why(table: pl.DataFrame, row_id: int) -> set[Why]:
    row = table.filter(pl.col("id") == row_id).row(0, named=True)
    return {reason for reason in Why if row[reason]}


def test_crossing_item_is_included_and_no_more() -> None:
    table = ranked(*(item(number, size_bytes=(50 - number) * GIB) for number in range(1, 6)))

    assert chosen(table, 49 * GIB) == [1]
    assert chosen(table, 49 * GIB + 1) == [1, 2]
    assert chosen(table, 10_000 * GIB) == [1, 2, 3, 4, 5]


def test_T71_nothing_to_free_picks_nothing() -> None:
    assert chosen(ranked(item(1)), 0) == []


def test_item_of_another_group_or_of_none_is_never_picked() -> None:
    table = ranked(item(1, disk_group_id=2), item(2, disk_group_id=None), item(3))

    assert chosen(table, 10_000 * GIB) == [3]


def test_T100_snoozed_items_are_replaced_by_the_next_best() -> None:
    rows = [item(number, size_bytes=(50 - number) * GIB) for number in range(1, 8)]

    table = ranked(*rows, snoozed={(1, str(number)) for number in range(1, 6)})

    assert chosen(table, GIB) == [6]


@pytest.mark.parametrize(
    ("values", "guards", "reason"),
    [
        ({"file_added_at": NOW - timedelta(days=6)}, {}, Why.YOUNG_FILE),
        ({"file_added_at": None, "added_at": NOW - timedelta(days=1)}, {}, Why.YOUNG_FILE),
        ({"size_bytes": 0}, {}, Why.NOTHING_TO_FREE),
        ({}, {"active": {(1, "1")}}, Why.ACTIVE_JOB),
        ({}, {"gone": {(1, "1")}}, Why.GONE),
        ({}, {"snoozed": {(1, "1")}}, Why.SNOOZED),
    ],
)
def test_item_is_kept_with_its_reason(values: dict[str, Any], guards: dict[str, Any], reason: Why) -> None:
    table = ranked(item(1, **values), **guards)

    assert reason in why(table, 1)
    assert chosen(table, GIB) == []


def test_S19_file_of_exactly_the_minimum_age_may_go() -> None:
    assert chosen(ranked(item(1, file_added_at=NOW - timedelta(days=7))), GIB) == [1]


def test_T90_without_weights_nothing_is_picked() -> None:
    table = ranked(item(1), weights=dict.fromkeys(FactorKey, 0))

    assert why(table, 1) == {Why.NO_SCORE}


def test_unknown_file_age_holds_only_where_nobody_is_asked() -> None:
    table = ranked(item(1, file_added_at=None, added_at=None))

    assert chosen(table, GIB, ExecutionMode.AUTO) == []
    assert chosen(table, GIB, ExecutionMode.DRY_RUN) == [1]


@pytest.mark.parametrize(
    "dates",
    [
        {"file_added_at": NOW, "added_at": NOW},
        {"file_added_at": NOW + timedelta(days=1), "added_at": None},
        {"file_added_at": None, "added_at": None},
    ],
    ids=["just now", "by a clock that is ahead", "unknown"],
)
def test_without_a_minimum_age_no_date_of_a_file_holds_anything(dates: dict[str, Any]) -> None:
    table = ranked(item(1, **dates), min_file_age_days=0)

    assert why(table, 1) == set()
    assert chosen(table, GIB, ExecutionMode.AUTO) == [1]


def test_S10_item_without_fresh_evidence_is_held_and_keeps_its_place_in_the_budget() -> None:
    watch = MEDIA_ONLY | {IntegrationType.PLEX}
    fresh = {"play_count": 0, "watch_evidence_at": NOW}
    table = ranked(
        item(1, size_bytes=40 * GIB, play_count=0, watch_evidence_at=NOW - timedelta(hours=49)),
        item(2, size_bytes=30 * GIB, **fresh),
        item(3, size_bytes=20 * GIB, **fresh),
        enabled=watch,
    )

    assert Why.EVIDENCE_MISSING in why(table, 1)
    assert chosen(table, 50 * GIB) == [2]
    assert chosen(table, 50 * GIB, ExecutionMode.DRY_RUN) == [1, 2]
    assert select_candidates(table, 1, 50 * GIB, ExecutionMode.AUTO).held == 1


def test_without_a_watch_source_plays_are_not_missed() -> None:
    assert chosen(ranked(item(1, play_count=None)), GIB) == [1]


def test_evidence_may_be_unasked_for() -> None:
    table = ranked(item(1), enabled=MEDIA_ONLY | {IntegrationType.PLEX}, evidence_min_weight_pct=0)

    assert chosen(table, GIB) == [1]


def test_T99_seasons_win_over_their_show_on_the_whole_list() -> None:
    table = ranked(
        show(1, size_bytes=45 * GIB),
        season(2, 1, 1, size_bytes=1 * GIB, rating=9.9),
        season(3, 1, 2, size_bytes=2 * GIB),
    )

    assert Why.SEASONS_LISTED in why(table, 1)
    assert chosen(table, 10_000 * GIB) == [3, 2]


@pytest.mark.parametrize(
    ("held", "guards"),
    [
        ({"file_added_at": NOW - timedelta(days=1)}, {}),
        ({}, {"snoozed": {(1, "1-s2")}}),
        ({}, {"active": {(1, "1-s2")}}),
    ],
)
def test_S33_what_holds_a_season_holds_its_show_and_not_its_siblings(
    held: dict[str, Any], guards: dict[str, Any]
) -> None:
    table = ranked(show(1), season(2, 1, 1), season(3, 1, 2, **held), **guards)

    assert Why.SEASON_HELD in why(table, 1)
    assert chosen(table, 10_000 * GIB) == [2]


def test_S33_snooze_of_a_season_holds_its_show_where_seasons_are_not_listed() -> None:
    table = ranked(show(1), show(2), snoozed={(1, "1-s4")})

    assert chosen(table, 10_000 * GIB) == [2]


def test_S15_protection_of_a_show_covers_all_its_seasons_and_nothing_else() -> None:
    rule = StoredRule(1, 1, "title", "equals", "Show 1", RuleEffect.ALWAYS_KEEP)

    table = ranked(show(1), season(2, 1, 1), season(3, 9, 1), item(4), rules=(rule,))

    assert Why.SHOW_HELD in why(table, 2)
    assert chosen(table, 10_000 * GIB) == [3, 4] or chosen(table, 10_000 * GIB) == [4, 3]


def test_same_external_id_in_another_integration_is_another_item() -> None:
    table = ranked(item(1, external_id="7"), item(2, external_id="7", integration_id=2), snoozed={(1, "7")})

    assert chosen(table, 10_000 * GIB) == [2]


def test_show_without_seasons_may_go_as_a_whole() -> None:
    assert chosen(ranked(show(1)), GIB) == [1]


@pytest.mark.parametrize(
    ("used", "breached", "bytes_to_free"),
    [(84_999, False, 9_999), (85_000, True, 10_000), (75_000, False, 0), (60_000, False, 0), (99_000, True, 24_000)],
)
def test_T70_T71_threshold_is_reached_when_equal_and_the_target_frees_nothing(
    used: int, breached: bool, bytes_to_free: int
) -> None:
    usage = Usage(used, 100_000, threshold_pct=85, target_pct=75)

    assert usage.breached is breached
    assert usage.bytes_to_free == bytes_to_free


@given(
    target=st.integers(10, 970),
    above=st.integers(1, 20),
    thousandth=st.integers(1, 10**12),
    beyond=st.integers(-5, 5),
)
@example(target=560, above=10, thousandth=10**9, beyond=0)  # 57.0 %
@example(target=570, above=1, thousandth=10**9, beyond=0)  # 57.1 %
def test_T70_T71_shares_of_a_disk_are_exact(target: int, above: int, thousandth: int, beyond: int) -> None:
    total, threshold = 1000 * thousandth, target + above
    percent = {"threshold_pct": threshold / 10, "target_pct": target / 10}
    at_threshold = Usage(threshold * thousandth + beyond, total, **percent)
    at_target = Usage(target * thousandth + beyond, total, **percent)

    assert at_threshold.breached is (beyond >= 0)
    assert at_threshold.bytes_to_free == max(0, above * thousandth + beyond)
    assert at_target.bytes_to_free == max(0, beyond)


@given(
    sizes=st.lists(st.integers(0, 60), min_size=1, max_size=20),
    budget=st.integers(0, 400),
    snoozed=st.sets(st.integers(1, 20)),
)
@settings(max_examples=150, deadline=None)
def test_S14_selection_is_the_shortest_prefix_that_reaches_the_budget(
    sizes: list[int], budget: int, snoozed: set[int]
) -> None:
    rows = [item(number, size_bytes=size * GIB) for number, size in enumerate(sizes, start=1)]
    table = ranked(*rows, snoozed={(1, str(number)) for number in snoozed})
    free = table.filter(~pl.any_horizontal([Why.SNOOZED, Why.NOTHING_TO_FREE, Why.NO_SCORE]))

    found = chosen(table, budget * GIB)

    assert found == free["id"].to_list()[: len(found)]
    freed = [int(free.filter(pl.col("id") == number)["size_bytes"][0]) for number in found]
    assert sum(freed[:-1]) < budget * GIB or not freed
    assert sum(freed) >= min(budget * GIB, int(free["size_bytes"].sum()))
