"""When two rules pull the same items in opposite directions (domain.md 3.3)."""

import pytest

from libs.common.domain.enums import RuleEffect
from libs.common.domain.rules import OwnersRule, find_conflicts
from libs.common.domain.rules.conflicts import MAX_SHOWN

KEEP, AWAY = RuleEffect.PREFER_KEEP, RuleEffect.LEAN_REMOVE


def rule(number: int, text: str, effect: RuleEffect, integration_id: int = 1) -> OwnersRule:
    field, operator, value = (*text.split(" ", 2), "")[:3]
    return OwnersRule(number, integration_id, field, operator, value, effect)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("monitored equals true", "monitored == TRUE", True),
        ("monitored equals true", "monitored equals false", False),
        ("monitored equals true", "monitored != false", True),
        ("monitored equals true", "monitored != true", False),
        ("year gt 2000", "year lt 1990", False),
        ("year gt 1990", "year lt 2000", True),
        ("year gt 2000", "year lt 2000", False),
        ("year gte 2000", "year lte 2000", True),
        ("year gte 2000", "year lt 2000", False),
        ("year equals 2000", "year equals 2000.0", True),
        ("year equals 2000", "year equals 2001", False),
        ("year equals 2000", "year not_equals 2000", True),
        ("year equals 2000", "year gte 2000", True),
        ("rating gt 80", "rating lt 7", False),
        ("rating gt 80", "rating lt 90", True),
        ("timeinlibrary in_last 30", "timeinlibrary over_ago 30", False),
        ("timeinlibrary in_last 60", "timeinlibrary over_ago 30", True),
        ("lastplayed never", "lastplayed over_ago 30", True),
        ("lastplayed never", "lastplayed never", True),
        ("lastplayed never", "lastplayed in_last 30", False),
        ("title equals Firefly", "title equals FIREFLY", True),
        ("title equals Firefly", "title equals Serenity", False),
        ("title contains Fire", "title not_contains fire", False),
        ("title contains Fire", "title not_contains fly", True),
        ("title equals Firefly", "title not_equals Firefly", False),
        ("title equals Firefly", "title not_equals Serenity", True),
        ("title equals Firefly", "title !contains fly", False),
        ("title equals Firefly", "title !contains x", True),
        ("title contains Fire", "title contains fly", True),
        ("title regex ^a", "title equals b", True),
        ("tag equals a", "tag equals b", True),
        ("tag equals a", "tag not_equals a", False),
        ("title equals a", "genre equals a", False),
        ("sizeBytes gt 5", "SIZEBYTES > 7", True),
        ("year gt many", "year gt 5", False),
    ],
)
def test_rules_conflict_when_both_conditions_can_hold(one: str, other: str, meet: bool) -> None:
    for first, second in ((one, other), (other, one)):
        found = find_conflicts([rule(1, first, KEEP), rule(2, second, AWAY)])
        assert set(found) == ({1, 2} if meet else set())
        assert not meet or [conflict.rule_id for conflict in found[1]] == [2]


def test_only_opposite_directions_within_one_integration_conflict() -> None:
    same_way = [rule(1, "year gt 1", KEEP), rule(2, "year gt 1", RuleEffect.ALWAYS_KEEP)]
    elsewhere = [rule(1, "year gt 1", KEEP), rule(2, "year gt 1", AWAY, integration_id=2)]

    assert find_conflicts(same_way) == {}
    assert find_conflicts(elsewhere) == {}


def test_sentence_names_the_other_rule_and_who_wins() -> None:
    away = rule(2, "title contains fly", RuleEffect.ALWAYS_REMOVE)
    found = find_conflicts([rule(1, "title contains Fire", RuleEffect.ALWAYS_KEEP), away])
    (mild,) = find_conflicts([rule(1, "title contains Fire", KEEP), away])[1]

    assert found[1][0].message == (
        "rule 2 (always_remove: title contains fly) can match the same items and wants the opposite; "
        "this always_keep wins"
    )
    assert found[2][0].message.endswith(
        "(always_keep: title contains Fire) can match the same items and wants the opposite; that always_keep wins"
    )
    assert "wins" not in mild.message


def test_no_rule_shows_more_than_a_person_reads() -> None:
    many = [rule(number, "year gt 1", AWAY) for number in range(2, 60)]

    found = find_conflicts([rule(1, "year gt 1", KEEP), *many])

    assert [conflict.rule_id for conflict in found[1]] == list(range(2, 2 + MAX_SHOWN))
    assert all(len(found[number]) == 1 for number in range(2, 60))
