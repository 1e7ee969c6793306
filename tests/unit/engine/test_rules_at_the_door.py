"""What the gateway accepts the engine matches, and what no item can be compared with never gets in."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.common.domain.enums import RuleEffect
from libs.common.domain.rules import ALIASES, FIELDS, BadRuleError, CheckedRule, Operator, check_rule
from services.engine.rules.compile import CompiledRule, StoredRule, compile_rules
from services.engine.rules.patterns import fault_of
from tests.unit.engine.catalogue_rows import frame, item

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
PIECES = [*".()|*+?^$[\\", "a", "Fire", "[a-z]", r"\d", r"\b", "{2}", "{1,30}", "(?i)"]
ODD_NUMBERS = ["1_0", "0x1", "1e5", " 7 ", "٣", "+3"]

fields = st.sampled_from([field.name for field in FIELDS.values()]) | st.text(max_size=6)
operators = st.sampled_from([*Operator, *ALIASES]) | st.text(max_size=6)
patterns = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
numbers = st.floats().map(str) | st.integers(-10, 10**19).map(str) | st.sampled_from(ODD_NUMBERS)
values = st.text(max_size=20) | patterns | numbers | st.sampled_from(["true", "FALSE", "yes", "", "firefly"])


def at_the_door(field: str, operator: str, value: str) -> CheckedRule | None:
    """What the gateway makes of it, with the engine's word on its pattern."""
    try:
        checked = check_rule(field, operator, value, "always_keep")
    except BadRuleError:
        return None
    return None if checked.pattern is not None and fault_of(checked.pattern) else checked


def compiled(field: str, operator: str, value: str) -> CompiledRule | None:
    """The rule as the engine matches it; None where it cannot. One that protects everything shows no value."""
    (rule,) = compile_rules([StoredRule(1, 1, field, operator, value, RuleEffect.ALWAYS_KEEP)], NOW)
    return rule if rule.shown is not None else None


@given(fields, operators, values)
@example("title", "regex", "(")
@example("title", "regex", "(a{100}){100}")
@example("label", "regex", "^a")
@example("lastplayed", "never", "")
@example("timeinlibrary", "never", "")
@example("rating", "lt", "nan")
@example("SizeBytes", ">", "5")
def test_whatever_is_accepted_is_matched_and_whatever_cannot_be_matched_is_refused(
    field: str, operator: str, value: str
) -> None:
    accepted, rule = at_the_door(field, operator, value), compiled(field, operator, value)

    if rule is None:
        assert accepted is None
    if accepted is not None:
        assert rule is not None
        matched = frame(item(1, title="Firefly", tags=["a"]), item(2, integration_id=2)).select(
            rule.matches.alias("matches"), rule.shown
        )
        found = matched.collect()["matches"].to_list()
        assert found[0] in {True, False}
        assert found[1] is False


@given(fields, operators, st.sampled_from(["firefly", "3", "true", "^a"]))
def test_plain_values_are_judged_alike_on_both_sides(field: str, operator: str, value: str) -> None:
    """The door refuses more only where a value is empty, no `true` or `false`, or no sensible number of days."""
    rule = compiled(field, operator, value)
    is_strict = rule is not None and field.strip().lower() in {
        key for key, known in FIELDS.items() if known.kind.value == "boolean" and value != "true"
    }

    assert (at_the_door(field, operator, value) is not None) == (rule is not None and not is_strict)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("a(b", "is no valid regular expression: unclosed group"),
        (r"(a)\1", "is no valid regular expression: backreferences are not supported"),
        (r"\p{L}{500}", "is too large a regular expression; use fewer repetitions"),
        (r"(?-u)\xff", "is no valid regular expression: pattern can match invalid UTF-8"),
        ("(?i)^a", None),
    ],
)
def test_engine_says_in_a_few_words_why_a_pattern_is_no_good(pattern: str, told: str | None) -> None:
    assert fault_of(pattern) == told
