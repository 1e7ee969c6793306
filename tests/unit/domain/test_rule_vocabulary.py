"""What a rule may say: the documented fields and operators, and a precise answer to everything else."""

import pytest

from libs.common.domain.enums import IntegrationType, RuleEffect
from libs.common.domain.rules import FIELDS, BadRuleError, FieldKind, RuleField, check_rule, offered_fields
from libs.common.domain.rules.patterns import MAX_PARTS, count_parts, pattern_fault

SIX = "equals not_equals gt gte lt lte"
DOCUMENTED = {
    "title": "contains not_contains equals not_equals regex",
    "quality": "equals not_equals",
    "tag": "contains not_contains",
    "genre": "equals not_equals contains not_contains",
    "rating": SIX,
    "sizeBytes": "gt lt gte lte equals",
    "timeinlibrary": "gt gte lt lte in_last over_ago",
    "monitored": "equals",
    "year": SIX,
    "language": "equals not_equals",
    "seriesstatus": "equals not_equals",
    "seasoncount": SIX,
    "episodecount": SIX,
    "playcount": SIX,
    "lastplayed": "in_last over_ago never",
    "requested": "equals",
    "requestcount": SIX,
    "requestedby": "equals not_equals contains not_contains",
    "incollection": "equals",
    "watchlist": "equals",
    "collection": "equals not_equals contains not_contains",
    "haslabel": "equals",
    "label": "equals not_equals contains not_contains",
    "watchedbyreq": "equals",
    "type": "equals not_equals",
}
"""api.md 2.8, in the order of the list."""

GOOD_VALUE = {
    FieldKind.TEXT: "x",
    FieldKind.LIST: "x",
    FieldKind.NUMBER: "3.5",
    FieldKind.BOOLEAN: "True",
    FieldKind.DAYS: "30",
}


def test_fields_and_their_operators_are_the_documented_ones_in_their_order() -> None:
    assert {field.name: " ".join(field.offered) for field in FIELDS.values()} == DOCUMENTED
    assert [field.name for field in FIELDS.values()] == list(DOCUMENTED)
    assert all(set(field.offered) <= set(field.accepted) for field in FIELDS.values())


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_every_offered_operator_is_accepted_in_any_case_and_with_the_references_symbols(field: RuleField) -> None:
    symbols = {"equals": "==", "not_equals": "!=", "not_contains": "!contains", "gt": ">", "gte": ">="}
    symbols |= {"lt": "<", "lte": "<=", "in_last": "IN_LAST"}
    for operator in field.offered:
        for spelling in (operator, symbols.get(operator, operator.upper())):
            rule = check_rule(field.name.upper(), spelling, GOOD_VALUE[field.kind], "lean_keep")
            assert (rule.condition.field, rule.condition.operator) == (field, operator)


@pytest.mark.parametrize("field", [f for f in FIELDS.values() if f.kind in {FieldKind.TEXT, FieldKind.LIST}])
def test_patterns_are_accepted_on_every_text_and_list(field: RuleField) -> None:
    rule = check_rule(field.name, "regex", "^a", "always_keep")

    assert (rule.pattern, rule.effect) == ("^a", RuleEffect.ALWAYS_KEEP)


@pytest.mark.parametrize(
    ("field", "operator", "value", "effect", "told"),
    [
        pytest.param("", "equals", "x", "lean_keep", "field: is required", id="no field"),
        pytest.param("title", " ", "x", "lean_keep", "operator: is required", id="no operator"),
        pytest.param("titel", "equals", "x", "lean_keep", "field: 'titel' is no field", id="unknown field"),
        pytest.param("f" * 9999, "equals", "x", "lean_keep", "…' is no field", id="endless field"),
        pytest.param(
            "title", "gt", "x", "lean_keep", "operator: 'gt' does not fit the field title; use", id="operator"
        ),
        pytest.param("title", "like", "x", "lean_keep", "operator: 'like' does not fit", id="unknown operator"),
        pytest.param("year", "regex", "x", "lean_keep", "use one of equals, not_equals, gt", id="pattern of a number"),
        pytest.param("monitored", "contains", "true", "lean_keep", "use one of equals, not_equals", id="boolean"),
        pytest.param("timeinlibrary", "never", "", "lean_keep", "operator: 'never'", id="never in the library"),
        pytest.param("timeinlibrary", "equals", "3", "lean_keep", "operator: 'equals'", id="equal fractions of days"),
        pytest.param("lastplayed", "gt", "3", "lean_keep", "in_last, over_ago, never", id="compared date"),
        pytest.param("rating", "lt", "many", "lean_keep", "value: 'many' is not a number, which rating lt", id="word"),
        pytest.param("rating", "lt", "1_0", "lean_keep", "value: '1_0' is not a number", id="underscore"),
        pytest.param("rating", "lt", "٣", "lean_keep", "value: '٣' is not a number", id="other digits"),
        pytest.param("rating", "lt", "nan", "lean_keep", "value: 'nan' is not", id="nan"),
        pytest.param("rating", "lt", "1e999", "lean_keep", "value: '1e999' is not", id="infinite"),
        pytest.param("rating", "lt", "", "lean_keep", "value: '' is not a number", id="no number"),
        pytest.param(
            "lastplayed", "in_last", "-1", "lean_keep", "value: '-1' is no number of days", id="negative days"
        ),
        pytest.param("lastplayed", "over_ago", "36501", "lean_keep", "from 0 to 36500", id="more than a century"),
        pytest.param("watchlist", "equals", "yes", "lean_keep", "value: 'yes' is neither true nor false", id="yes"),
        pytest.param("title", "contains", "", "lean_keep", "value: must not be empty", id="empty"),
        pytest.param("title", "contains", " \t", "lean_keep", "value: must not be empty", id="blank"),
        pytest.param("title", "contains", "x" * 1001, "lean_keep", "value: has 1001 characters", id="long"),
        pytest.param("title", "regex", "x" * 501, "lean_keep", "may have 500", id="long pattern"),
        pytest.param("title", "equals", "x", "", "effect: is required; use one of always_keep", id="no effect"),
        pytest.param("title", "equals", "x", "protect", "effect: 'protect' is none", id="unknown effect"),
    ],
)
def test_T94_what_does_not_fit_is_named(field: str, operator: str, value: str, effect: str, told: str) -> None:
    with pytest.raises(BadRuleError) as found:
        check_rule(field, operator, value, effect)

    text = str(found.value)
    assert told in text
    assert text.startswith(f"{found.value.member}: ")
    assert len(text) < 250


def test_only_never_needs_no_value_and_any_is_ignored() -> None:
    assert [check_rule("lastPlayed", "never", value, "lean_keep").condition.number for value in ("", "x")] == [None] * 2


def test_ratings_of_a_hundred_are_ratings_of_ten() -> None:
    numbers = [check_rule("rating", "lt", value, "lean_keep").condition.number for value in ("5", "10", "50", "7.5")]

    assert numbers == [5, 10, 5, 7.5]


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("", 0),
        ("abc", 3),
        ("a+b*?", 2),
        ("[a-z]{3}", 30),
        (r"[\]a]{3}", 30),
        (r"\d{4}", 40),
        (r"\p{Lu}{4}", 40),
        ("(?:ab){10}", 20),
        ("(a{10}){10}", 100),
        ("a{2}{3}", 6),
        ("a{2,}", 2),
        ("a{0,7}", 7),
        ("a{,7}", 7),
        ("a{0}", 1),
        ("a{", 2),
        ("a.b", 12),
        ("[[:alpha:]]", 11),
        ("((((a){9}){9}){9}){9}", 6561),
        ("(a{9}", 9),
        ("a)b", 2),
        (r"\({9}", 9),
        ("(?i)ab|c", 4),
    ],
)
def test_parts_are_counted_with_repetitions_written_out(pattern: str, parts: int) -> None:
    assert count_parts(pattern) == parts


@pytest.mark.parametrize(
    "pattern",
    [
        "(a{1000}){1000}",
        ".{1,30000}{1,100}",
        r"(?:.{0,20}\b){100}",
        "(?x)a#[\n(?:.{99}){99}#]",
        "(?ix:a)",
        "a" * 501,
        r"(?:\w?){51}",
    ],
)
def test_T95_pattern_that_could_stall_is_refused_before_it_is_tried(pattern: str) -> None:
    assert pattern_fault(pattern) is not None


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", r"s\d{1,2}e\d{1,3}", ".{50,}", "|".join(["firefly"] * 60), r"\(?x264\)?", "(?P<x>a)", "a" * MAX_PARTS],
)
def test_usual_patterns_are_small(pattern: str) -> None:
    assert pattern_fault(pattern) is None


BASE = ["title", "quality", "tag", "genre", "rating", "sizeBytes", "timeinlibrary", "monitored", "year", "language"]
SHOWS = ["seriesstatus", "seasoncount", "episodecount"]
REQUESTS = ["requested", "requestcount", "requestedby"]
SERVER = ["watchlist", "haslabel", "label"]
COLLECTIONS = ["incollection", "collection"]


@pytest.mark.parametrize(
    ("enabled", "service_type", "more"),
    [
        ("", "", []),
        ("", "sonarr", SHOWS),
        ("", "radarr", []),
        ("sonarr", "", SHOWS),
        ("sonarr", "radarr", []),
        ("sonarr tautulli", "Sonarr ", [*SHOWS, "playcount", "lastplayed"]),
        ("jellystat", "", ["playcount", "lastplayed"]),
        ("tracearr", "lidarr", ["playcount", "lastplayed"]),
        ("seerr", "radarr", REQUESTS),
        ("seerr tracearr", "", [*REQUESTS, "playcount", "lastplayed", "watchedbyreq"]),
        ("plex", "readarr", [*SERVER, *COLLECTIONS, "playcount", "lastplayed"]),
        ("emby", "", [*SERVER, *COLLECTIONS, "playcount", "lastplayed"]),
        ("radarr", "", COLLECTIONS),
        ("radarr", "radarr", COLLECTIONS),
        ("radarr", "sonarr", SHOWS),
        ("plex seerr radarr sonarr", "plex", []),
        ("plex seerr radarr sonarr", "napster", []),
    ],
)
def test_offered_fields_are_those_that_can_have_values(enabled: str, service_type: str, more: list[str]) -> None:
    types = {IntegrationType(name) for name in enabled.split()}

    found = [field.name for field in offered_fields(types, service_type)]

    assert set(found) == {*BASE, *more, "type"}
    assert found == [name for name in DOCUMENTED if name in found]
