"""What speaks against a claim, from what is stored about the item and its disk."""

from datetime import timedelta
from typing import Any

import pytest

from libs.common.deletions.force import Override
from libs.common.domain.enums import ExecutionMode, Trigger
from services.deleter.groups import Group
from services.deleter.standing import Standing, has_fallen, lacks_facts, objection
from tests.unit.deleter.facts import NOW, job

GOOD: dict[str, Any] = {
    "is_known": True,
    "is_scored": True,
    "is_protected": False,
    "snoozed_at": None,
    "last_played": None,
}


def group(**changes: Any) -> Group:
    known: dict[str, Any] = {
        "id": 1,
        "mode": ExecutionMode.AUTO,
        "total_bytes": 1000,
        "used_bytes": 800,
        "freed_bytes": 0,
        "unsure_bytes": 0,
        "target_pct": 75.0,
        "is_held": False,
    }
    return Group(**(known | changes))


def test_T28_disk_at_its_target_has_nothing_to_spare() -> None:
    # in floating numbers 64.6 % of a thousand bytes are a trace less than 646
    assert group(used_bytes=646, target_pct=64.6).surplus_bytes == 0
    assert not group(used_bytes=646, target_pct=64.6).takes_engine_jobs
    assert group(used_bytes=647, target_pct=64.6).surplus_bytes == 1


@pytest.mark.parametrize("trigger", list(Trigger))
@pytest.mark.parametrize(
    ("facts", "word", "override"),
    [
        ({"is_protected": True}, "always_keep", Override.PROTECTION),
        ({"snoozed_at": NOW}, "snoozed", Override.SNOOZE),
    ],
    ids=["protection", "snooze"],
)
def test_T27_protection_and_snooze_speak_against_every_job(
    trigger: Trigger, facts: dict[str, Any], word: str, override: Override
) -> None:
    standing = Standing(**(GOOD | facts))
    others = set(Override) - {override}

    for forced in (set(), others):
        assert word in (objection(standing, trigger, NOW, forced) or "")
    assert objection(standing, trigger, NOW, {override}) is None


def test_T20_snooze_after_a_forced_request_counts_again() -> None:
    standing = Standing(**(GOOD | {"snoozed_at": NOW}))

    assert objection(standing, Trigger.USER, NOW - timedelta(seconds=1), set(Override)) is not None


@pytest.mark.parametrize(
    ("decided", "waits"),
    [
        ({}, True),
        ({"enqueued_mode": ExecutionMode.SUNSET}, True),
        ({"trigger": Trigger.APPROVAL, "enqueued_mode": ExecutionMode.APPROVAL}, False),
        ({"trigger": Trigger.APPROVAL}, False),
        ({"trigger": Trigger.USER}, False),
    ],
)
def test_S10_want_of_facts_stops_only_what_nobody_was_asked_about(decided: dict[str, Any], waits: bool) -> None:
    unasked = job(**({"enqueued_mode": ExecutionMode.AUTO} | decided))

    assert lacks_facts(Standing(**GOOD, is_in_doubt=True), unasked) is waits
    assert not lacks_facts(Standing(**GOOD), unasked)


@pytest.mark.parametrize(
    ("trigger", "speaks"), [(Trigger.ENGINE, True), (Trigger.APPROVAL, True), (Trigger.USER, False)]
)
def test_T29_play_after_the_decision_speaks_against_it(trigger: Trigger, speaks: bool) -> None:
    played = Standing(**(GOOD | {"last_played": NOW}))

    assert (objection(played, trigger, NOW - timedelta(seconds=1)) is not None) is speaks
    assert objection(played, trigger, NOW) is None


@pytest.mark.parametrize(
    ("score", "chosen_by", "has_to_be_looked_at"),
    [
        (0.4, {}, True),
        (0.5, {}, False),
        (0.6, {}, False),
        (None, {}, False),
        (0.4, {"trigger": Trigger.USER}, False),
        (0.4, {"trigger": Trigger.APPROVAL}, False),
        (0.4, {"enqueued_mode": ExecutionMode.SUNSET}, False),
        (0.4, {"collection_group": "Trilogy"}, False),
    ],
)
def test_T29_only_an_own_choice_whose_score_fell_is_looked_at_again(
    score: float | None, chosen_by: dict[str, Any], *, has_to_be_looked_at: bool
) -> None:
    chosen = job(score=0.5, **chosen_by)

    assert has_fallen(Standing(**(GOOD | {"score": score})), chosen) is has_to_be_looked_at


@pytest.mark.parametrize(
    ("changes", "above"),
    [
        ({}, True),
        ({"used_bytes": 750}, False),
        ({"used_bytes": 751}, True),
        ({"freed_bytes": 50}, False),
        ({"freed_bytes": 49}, True),
        ({"used_bytes": None}, None),
        ({"total_bytes": 0}, None),
    ],
)
def test_T28_disk_is_above_its_target_only_when_that_is_known(
    changes: dict[str, Any],
    above: bool | None,
) -> None:
    assert group(**changes).is_above_target is above


@pytest.mark.parametrize(
    ("changes", "takes"),
    [
        ({}, True),
        ({"is_held": True}, False),
        ({"used_bytes": None}, False),
        ({"used_bytes": 700}, False),
        ({"mode": ExecutionMode.SUNSET, "used_bytes": 700}, True),
        ({"mode": ExecutionMode.SUNSET, "used_bytes": 700, "is_held": True}, False),
    ],
)
def test_choice_of_the_engine_is_carried_out_only_where_it_is_still_needed(
    changes: dict[str, Any],
    takes: bool,
) -> None:
    assert group(**changes).takes_engine_jobs is takes
