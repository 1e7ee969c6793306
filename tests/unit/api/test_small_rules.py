"""Ranges, show titles, grace periods, numbers on the wire."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.deletions.grace import state_at
from services.api import paging
from services.api.engine.history_range import parse_range
from services.api.errors import BadInputError
from services.api.headers import content_security_policy
from services.api.records.grouping import show_title
from services.api.wire import timestamp

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)


def test_ranges() -> None:
    assert parse_range(None) == timedelta(days=7)
    assert parse_range("30m") == timedelta(minutes=30)
    assert parse_range("24h") == timedelta(hours=24)
    assert parse_range("all") == parse_range("99999999d") == timedelta(days=3650)


@given(st.text())
def test_any_other_range_is_a_clean_refusal(text: str) -> None:
    with pytest.raises(BadInputError, match=r"^range:"):
        parse_range(f"{text}!")


@given(st.text())
def test_any_limit_is_within_its_bounds(text: str) -> None:
    assert 1 <= paging.limit(text, 20, 1000) <= 1000
    assert paging.offset(text) >= 0


@pytest.mark.parametrize(
    ("name", "show"),
    [
        ("Firefly S01", "Firefly"),
        ("Firefly - Season 1", "Firefly"),
        ("Firefly - S01E02", "Firefly"),
        ("Serenity", "Serenity"),
        ("The Boys Season 2", "The Boys Season 2"),
    ],
)
def test_show_titles(name: str, show: str) -> None:
    assert show_title(name) == show


@pytest.mark.parametrize(
    ("waiting", "due_in_s", "expected"),
    [(0, None, (False, 0, 0)), (3, 14.2, (True, 15, 3)), (3, 0, (False, 0, 3)), (3, -5, (False, 0, 3))],
)
def test_grace(waiting: int, due_in_s: float | None, expected: tuple[bool, int, int]) -> None:
    due = None if due_in_s is None else NOW + timedelta(seconds=due_in_s)
    shown = state_at(waiting, due, NOW)

    assert (shown.is_active, shown.remaining_s, shown.waiting) == expected


def test_times_are_utc_to_the_second() -> None:
    assert timestamp(datetime.fromisoformat("2026-03-06T13:00:00.999+01:00")) == "2026-03-06T12:00:00Z"


def test_policy_holds_the_nonce_for_scripts_only() -> None:
    assert content_security_policy("abc").count("'nonce-abc'") == 1
