"""Explanations of single items: the sums are right, every reason is told, and all gates passed means chosen."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.enums import ApprovalStatus, Capability, ExecutionMode, HoldCode, JobState, RuleEffect
from libs.common.messaging.engine_questions import QueuedApproval, QueuedDeletion, Queues
from services.engine.explain.queries import ItemTelling, OpenHold, PlaysTold
from services.engine.mass_change import Extent
from services.engine.rules.compile import StoredRule
from services.engine.selection.candidates import select_candidates
from tests.unit.engine.catalogue_rows import LONG_AGO, NOW, item, season, show
from tests.unit.engine.explaining import GIB, WITH_PLEX, budget, evaluated, explained, failed, gate, plex


def rule(number: int, effect: RuleEffect, field: str = "title", operator: str = "contains", value: str = "item") -> Any:
    return StoredRule(number, 1, field, operator, value, effect)


def test_arithmetic_adds_up_to_the_score_of_the_preview() -> None:
    rules = (rule(1, RuleEffect.LEAN_REMOVE), rule(2, RuleEffect.PREFER_KEEP, "sizeBytes", "gt", "5"))
    evaluation = evaluated(item(1, size_bytes=25 * GIB, rating=3.0), rules=rules)

    explanation = explained(evaluation, 1)

    sums = explanation.arithmetic
    factors = [entry for entry in json.loads(explanation.score_details) if entry["type"] == "weight"]
    assert sums.weight_total == sum(factor["weight"] for factor in factors) == 6 + 5 + 4
    assert sums.base == pytest.approx(sum(factor["contribution"] for factor in factors), abs=1e-5)
    assert sums.base == pytest.approx((0.5 * 6 + 0.7 * 5 + 1 * 4) / 15)
    assert sums.modifier == pytest.approx(1.5 * 0.2)
    assert sums.final == pytest.approx(sums.base * sums.modifier) == pytest.approx(evaluation.ranked["score"].item())


@given(
    plays=st.one_of(st.none(), st.integers(0, 20)),
    size=st.integers(0, 80 * GIB),
    rating=st.one_of(st.none(), st.floats(0, 10)),
    effects=st.lists(st.sampled_from(RuleEffect), max_size=4),
)
@settings(max_examples=25, deadline=None)
def test_arithmetic_adds_up_for_any_item(
    plays: int | None, size: int, rating: float | None, effects: list[Any]
) -> None:
    rules = tuple(rule(number, effect) for number, effect in enumerate(effects, 1))
    one = item(1, play_count=plays, size_bytes=size, rating=rating, watch_evidence_at=NOW)

    explanation = explained(evaluated(one, rules=rules, sources=WITH_PLEX), 1)

    sums = explanation.arithmetic
    assert explanation.protected == (RuleEffect.ALWAYS_KEEP in effects)
    assert sums.final == pytest.approx(0 if explanation.protected else sums.base * sums.modifier)
    assert [found.rule_id for found in explanation.rules] == [number for number, _ in enumerate(effects, 1)]
    if not explanation.protected:
        factors = [entry for entry in json.loads(explanation.score_details) if entry["type"] == "weight"]
        assert sums.base == pytest.approx(sum(factor["contribution"] for factor in factors), abs=1e-5)


def test_matched_rule_tells_what_the_item_had() -> None:
    rules = (rule(7, RuleEffect.LEAN_KEEP, "sizeBytes", "gt", "5"), rule(8, RuleEffect.LEAN_KEEP, "tag", value="x"))

    (found,) = explained(evaluated(item(1), rules=rules), 1).rules

    assert (found.rule_id, found.multiplier, found.had) == (7, 0.5, "10.00 GB")


def test_protected_item_names_its_rule_and_what_it_would_score_without() -> None:
    evaluation = evaluated(item(1, size_bytes=50 * GIB), rules=(rule(1, RuleEffect.ALWAYS_KEEP, value="item 1"),))

    explanation = explained(evaluation, 1)

    assert failed(explanation) >= {"protected"}
    assert "always_keep: title contains item 1" in gate(explanation, "protected").message
    assert explanation.outlook[0] == "Without “always_keep: title contains item 1” its score is 83.3."
    assert not explanation.chosen


def test_item_whose_turn_comes_is_chosen_and_told_what_would_keep_it() -> None:
    evaluation = evaluated(*(item(number, size_bytes=(50 - number) * GIB) for number in range(1, 4)))

    explanation = explained(evaluation, 2, group=budget(60))

    assert explanation.chosen
    assert failed(explanation) == set()
    assert explanation.place is not None
    assert (explanation.place.rank, explanation.place.position, explanation.place.bytes_before) == (2, 2, 49 * GIB)
    assert explanation.verdict.startswith("It would be chosen in the next run, and deleted")
    assert "always_keep" in explanation.outlook[0]


def test_item_behind_the_budget_is_told_how_far() -> None:
    evaluation = evaluated(*(item(number, size_bytes=(50 - number) * GIB) for number in range(1, 4)))

    explanation = explained(evaluation, 3, group=budget(60))

    assert failed(explanation) == {"budget"}
    assert "it is number 3 in line, behind 97.00 GB" in gate(explanation, "budget").message
    assert explanation.outlook == ("With more than 37.00 GB beyond that to free, its turn comes.",)


def test_item_below_the_threshold_is_told_what_is_missing() -> None:
    explanation = explained(evaluated(item(1)), 1, group=budget(used_pct=80))

    assert failed(explanation) == {"threshold", "budget"}
    assert "80.0 % full, its threshold is 85 %" in gate(explanation, "threshold").message
    assert len(explanation.outlook) == 1
    assert explanation.outlook[0].endswith("more of /data are used, 85 % are reached.")


def test_young_file_is_told_the_day_it_is_old_enough() -> None:
    explanation = explained(evaluated(item(1, file_added_at=NOW - timedelta(days=4))), 1)

    assert failed(explanation) == {"young_file"}
    assert explanation.outlook == ("In 3.0 days, on 2026-06-04 12:00 UTC, its newest file is old enough.",)


def test_snooze_and_job_are_told_with_their_ends() -> None:
    until = NOW + timedelta(days=2)
    approval = QueuedApproval(
        id=1, status=ApprovalStatus.REJECTED, user_initiated=False, snoozed_until=until, created_at=NOW
    )
    job = QueuedDeletion(id=2, state=JobState.WAITING, simulated=False, not_before=NOW, created_at=NOW)
    evaluation = evaluated(item(1), snoozed={(1, "1")}, active={(1, "1")})

    explanation = explained(evaluation, 1, queues=Queues(approval=approval, deletion=job))

    assert failed(explanation) == {"snoozed", "active_job"}
    assert "until 2026-06-03 12:00 UTC" in gate(explanation, "snoozed").message
    assert "its deletion is waiting already" in gate(explanation, "active_job").message
    assert len(explanation.outlook) == 2


@pytest.mark.parametrize(
    ("mode", "keeps"), [(ExecutionMode.AUTO, {"evidence_missing"}), (ExecutionMode.DRY_RUN, set())]
)
def test_missing_evidence_is_told_with_its_figures_and_holds_where_nobody_is_asked(
    mode: ExecutionMode, keeps: set[str]
) -> None:
    evaluation = evaluated(item(1, play_count=0, watch_evidence_at=NOW - timedelta(hours=60)), sources=WITH_PLEX)

    explanation = explained(
        evaluation, 1, group=budget(mode=mode), sources=(plex(complete_at=NOW - timedelta(hours=60)),)
    )

    assert failed(explanation) == keeps
    told = gate(explanation, "evidence_missing").message
    assert "fresh facts carry 15 of the weight of 33 that applies (45 %, 60 % are asked for)" in told
    if keeps:
        assert explanation.outlook == ("A complete read of Plex would make its facts fresh.",)
        assert [hold.code for hold in explanation.holds] == ["evidence_missing"]


@pytest.mark.parametrize(
    ("enabled", "waits", "verdict"),
    [
        (True, False, "The next run would put it before a person; nothing is deleted unless one approves it."),
        (True, True, "It waits for a person to approve it; nothing is deleted unless one approves it."),
        (False, True, "It waits for a person to approve it; it cannot be approved while deletions are switched off."),
    ],
)
def test_in_approval_the_verdict_tells_that_a_person_decides(*, enabled: bool, waits: bool, verdict: str) -> None:
    row = QueuedApproval(id=1, status=ApprovalStatus.PENDING, user_initiated=False, snoozed_until=None, created_at=NOW)
    hold = OpenHold(HoldCode.SOURCE_SHRANK, "Radarr lost most of its movies", breaker=True)
    evaluation = evaluated(item(1, play_count=0, watch_evidence_at=None), sources=WITH_PLEX, deletions_enabled=enabled)

    explanation = explained(
        evaluation,
        1,
        group=budget(mode=ExecutionMode.APPROVAL),
        queues=Queues(approval=row if waits else None),
        holds=(hold,),
    )

    assert explanation.verdict == verdict
    assert failed(explanation) == set()
    assert gate(explanation, "mode").message == "the mode is approval: a run asks a person"
    assert "what is approved waits" in gate(explanation, "source_shrank").message
    assert "auto and sunset only" in gate(explanation, "evidence_missing").message


def test_season_held_by_its_show_and_show_held_by_its_season_name_each_other() -> None:
    family = [show(1), season(2, 1, 1), season(3, 1, 2, file_added_at=NOW)]
    evaluation = evaluated(*family, snoozed={(1, "1")})

    of_season, of_show = explained(evaluation, 2), explained(evaluation, 1)

    assert failed(of_season) == {"show_held"}
    assert "Show 1 (snoozed)" in gate(of_season, "show_held").message
    assert failed(of_show) >= {"snoozed", "season_held"}
    assert "Show 1 - Season 2 (young_file)" in gate(of_show, "season_held").message
    assert "show_held" not in {one.code for one in of_show.gates}


@pytest.mark.parametrize(("mode", "chosen"), [(ExecutionMode.AUTO, False), (ExecutionMode.DRY_RUN, True)])
def test_hold_on_the_disk_group_stops_what_deletes_and_not_what_simulates(mode: ExecutionMode, *, chosen: bool) -> None:
    hold = OpenHold(HoldCode.SOURCE_SHRANK, "Radarr has lost most of its titles", breaker=True)

    explanation = explained(evaluated(item(1)), 1, group=budget(mode=mode), holds=(hold,))

    assert explanation.chosen is chosen
    assert "until a person releases it" in gate(explanation, "source_shrank").message
    if not chosen:
        assert explanation.outlook == ("When a person releases it: Radarr has lost most of its titles.",)


def test_run_that_would_take_too_much_is_told_to_stop_unless_a_person_let_that_through() -> None:
    rows = tuple(item(number, size_bytes=(50 - number) * GIB) for number in range(1, 4))
    evaluation = evaluated(*rows, max_pct=30)
    switched_off = evaluated(*rows, max_pct=30, deletions_enabled=False)
    group, let_through = budget(60), Extent(items=2, size_bytes=97 * GIB)

    stopped = explained(evaluation, 1, group=group)

    assert failed(stopped) == {"mass_change"}
    assert "would remove 2 of 3 items" in gate(stopped, "mass_change").message
    assert stopped.outlook == ("When a person releases the breaker that the next run trips.",)
    assert explained(evaluation, 1, group=group, let_through=let_through).chosen
    assert not explained(evaluation, 1, group=group, let_through=Extent(1, 97 * GIB)).chosen
    assert explained(evaluation, 1, group=budget(60, ExecutionMode.DRY_RUN)).chosen
    assert explained(switched_off, 1, group=group).chosen


def test_tripped_breaker_is_told_once() -> None:
    evaluation = evaluated(item(1), max_pct=30)
    hold = OpenHold(HoldCode.MASS_CHANGE, "A run would remove everything", breaker=True)

    explanation = explained(evaluation, 1, holds=(hold,))

    assert failed(explanation) == {"mass_change"}
    assert len([one for one in explanation.gates if one.code == "mass_change"]) == 1
    assert explained(evaluated(item(1), max_pct=30, deletions_enabled=False), 1, holds=(hold,)).chosen


def in_collection(number: int, size_gib: int, **values: Any) -> dict[str, Any]:
    return item(number, deletion_collections=["1/Alien"], size_bytes=size_gib * GIB, **values)


def test_collection_is_told_as_what_keeps_its_items() -> None:
    held = evaluated(in_collection(1, 40), in_collection(2, 10, file_added_at=NOW), item(3))
    too_much = evaluated(in_collection(1, 40), in_collection(2, 30), item(3))

    assert failed(explained(held, 1)) == {"collection_held"}
    assert failed(explained(too_much, 1, group=budget(20))) == {"collection_too_much"}
    assert explained(too_much, 1, group=budget(60)).chosen
    assert not [one.code for one in explained(held, 3).gates if one.code.startswith("collection")]


def test_item_that_goes_along_is_chosen_whatever_its_own_place() -> None:
    shared = item(1, deletion_collections=["1/Alien", "1/Horror"], size_bytes=30 * GIB)
    horror = item(3, deletion_collections=["1/Horror"], size_bytes=GIB)
    evaluation = evaluated(in_collection(2, 40), shared, horror)

    explanation = explained(evaluation, 2, group=budget(60))

    assert explanation.chosen
    assert "goes along with its collection" in gate(explanation, "collection_shared").message


def test_item_without_a_disk_group_is_never_chosen() -> None:
    evaluation = evaluated(item(1, disk_group_id=None))
    explanation = explained(evaluation, 1, group=None)

    assert not explanation.chosen
    assert explanation.place is None
    assert failed(explanation) == {"disk_group"}


def test_play_lowers_the_score_and_the_outlook_says_to_what() -> None:
    evaluation = evaluated(
        item(1, play_count=0, watch_evidence_at=NOW, size_bytes=50 * GIB, rating=5.0), sources=WITH_PLEX
    )

    explanation = explained(evaluation, 1, sources=(plex(),))

    assert explanation.chosen
    after = (0.5 * 10 + 0 * 8 + 1 * 6 + 0.5 * 5 + 1 * 4) / 33 * 100
    assert f"Played now, its score falls from 92.4 to {after:.1f}." in explanation.outlook


def test_play_may_raise_a_score_where_a_rule_turns_on_plays() -> None:
    played = rule(1, RuleEffect.PREFER_REMOVE, "playcount", "gt", "0")
    evaluation = evaluated(
        item(1, play_count=0, watch_evidence_at=NOW),
        rules=(played,),
        sources=WITH_PLEX,
        told_at={Capability.PLAYS: NOW},
    )

    explanation = explained(evaluation, 1, sources=(plex(),))

    assert explanation.chosen
    assert any(told.startswith("Played now, its score rises from ") for told in explanation.outlook)


def test_evidence_names_its_source_its_time_and_its_doubts() -> None:
    telling = ItemTelling(
        seen_at=NOW - timedelta(hours=1),
        watch_states={9: "young_history"},
        plays=[PlaysTold(9, "tmdb", is_disputed=False, plays=None, last_played_at=None)],
    )
    source = plex(NOW - timedelta(hours=50), covers_since=LONG_AGO, users=4, readable_users=3, partial="half of it")

    explanation = explained(
        evaluated(item(1, play_count=0, rating=None), sources=WITH_PLEX), 1, sources=(source,), telling=telling
    )

    evidence = {fact.fact: fact for fact in explanation.evidence}
    assert (evidence["sizeBytes"].source, evidence["sizeBytes"].state) == ("Radarr", "fresh")
    assert evidence["rating"].state == "unknown"
    assert (evidence["playCount"].value, evidence["playCount"].state) == (0, "unknown")
    assert evidence["playCount"].note.startswith("Plex: it lists no plays, and does not reach back")
    assert (evidence["plays"].source, evidence["plays"].value, evidence["plays"].state) == ("Plex", 0, "stale")
    for doubt in ("recognised by tmdb", "reaches back to", "3 of 4 users", "half of it"):
        assert doubt in evidence["plays"].note


@pytest.mark.parametrize(("told_at", "state"), [(NOW, "fresh"), (NOW - timedelta(days=9), "stale"), (None, "unknown")])
def test_labels_are_known_as_well_as_every_server_that_could_tell_them(told_at: datetime | None, state: str) -> None:
    evaluation = evaluated(item(1, labels=["Keep", "4K"]), told_at={Capability.LABELS: told_at})
    broken = plex(capability=Capability.LABELS, failed_at=NOW, error="it did not answer")

    evidence = {fact.fact: fact for fact in explained(evaluation, 1, sources=(broken, plex())).evidence}

    labels = evidence["labels"]
    assert (labels.value, labels.source, labels.at, labels.state) == ("Keep, 4K", "Plex", told_at, state)
    assert labels.note == "Plex: it did not answer"
    assert "collections" not in evidence


def test_source_that_was_never_read_is_told_as_unknown() -> None:
    explanation = explained(evaluated(item(1), sources=WITH_PLEX), 1, sources=(plex(None, capability=None),))

    evidence = {fact.fact: fact for fact in explanation.evidence}
    assert (evidence["plays"].state, evidence["plays"].at) == ("unknown", None)
    assert explanation.outlook == ("A complete read of Plex would make its facts fresh.",)


def test_rule_about_what_nobody_told_is_named_with_the_source_that_could_tell() -> None:
    keep = rule(1, RuleEffect.ALWAYS_KEEP, "label", "contains", "keep")
    old = plex(NOW - timedelta(days=9), capability=Capability.LABELS)

    explanation = explained(evaluated(item(1), rules=(keep,)), 1, sources=(old,))

    assert failed(explanation) == {"protection_unknown"}
    assert "“always_keep: label contains keep”" in gate(explanation, "protection_unknown").message
    assert explanation.outlook == ("A complete read of Plex would make its facts fresh.",)


@st.composite
def libraries(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        age = draw(st.sampled_from([1, 30, 400]))
        rows.append(
            item(
                number,
                size_bytes=draw(st.integers(0, 40)) * GIB,
                rating=draw(st.sampled_from([None, 2.0, 9.0])),
                play_count=draw(st.sampled_from([None, 0, 3])),
                watch_evidence_at=draw(st.sampled_from([None, NOW, NOW - timedelta(days=9)])),
                file_added_at=draw(st.sampled_from([None, NOW - timedelta(days=age)])),
                title=draw(st.sampled_from(["kept", "free"])),
            )
        )
    return rows


@given(
    rows=libraries(),
    to_free=st.integers(1, 200),
    mode=st.sampled_from([ExecutionMode.AUTO, ExecutionMode.DRY_RUN]),
    snoozed=st.sets(st.integers(1, 6), max_size=2),
)
@settings(max_examples=25, deadline=None)
def test_all_gates_passed_is_exactly_what_a_run_would_choose(
    rows: list[dict[str, Any]], to_free: int, mode: ExecutionMode, snoozed: set[int]
) -> None:
    evaluation = evaluated(
        *rows,
        rules=(rule(1, RuleEffect.ALWAYS_KEEP, "title", "equals", "kept"),),
        sources=WITH_PLEX,
        snoozed={(1, str(number)) for number in snoozed},
    )
    group = budget(to_free, mode)

    picked = set(select_candidates(evaluation.ranked, 1, group.bytes_to_free, mode).chosen["id"].to_list())

    for row in rows:
        explanation = explained(evaluation, row["id"], group=group)
        assert explanation.chosen == (row["id"] in picked), explanation.gates
        assert explanation.verdict.startswith("It would be chosen") == explanation.chosen
        assert explanation.outlook or not explanation.chosen
