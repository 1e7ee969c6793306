from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.integrations.loose import Scalar, claim, moment, number, positive, scalars, size, text, whole


@pytest.mark.parametrize(
    ("given_value", "read"),
    [
        (7, 7),
        ("7", 7),
        (" 7 ", 7),
        (7.0, 7),
        ("7.0", 7),
        (0, 0),
        (-3, -3),
        ("", None),
        (None, None),
        ("x", None),
        (7.5, None),
        (True, None),
        (float("nan"), None),
        ("inf", None),
        (2**63, None),
        ("1_000", None),
    ],
)
def test_whole_numbers_come_as_numbers_or_text(given_value: Scalar, read: int | None) -> None:
    assert whole(given_value) == read


def test_zero_is_a_size_but_no_id() -> None:
    assert size("0") == 0
    assert size(-1) is None
    assert positive(0) is None
    assert positive("16320") == 16320


def test_numbers_are_finite() -> None:
    assert number("8.9") == 8.9
    assert number("nan") is None


@pytest.mark.parametrize(
    ("given_value", "read"),
    [(True, True), (1, True), ("True", True), (0, False), ("false", False), ("", None), (None, None), ("maybe", None)],
)
def test_claims_come_as_booleans_numbers_or_words(given_value: Scalar, read: bool | None) -> None:
    assert claim(given_value) is read


@pytest.mark.parametrize(
    "given_value",
    [
        "2024-02-01T10:00:00Z",
        "2024-02-01T11:00:00+01:00",
        "2024-02-01T10:00:00",
        "2024-02-01T10:00:00.0000000Z",
        1706781600,
        "1706781600",
        1706781600.0,
    ],
)
def test_moments_come_in_many_forms_and_leave_in_utc(given_value: Scalar) -> None:
    read = moment(given_value)

    assert read == datetime(2024, 2, 1, 10, tzinfo=UTC)
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize("given_value", ["0001-01-01T00:00:00Z", "1970-12-31T23:59:59Z", 0, "", None, "soon", 1e300])
def test_moments_that_stand_for_none_are_none(given_value: Scalar) -> None:
    assert moment(given_value) is None


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40))
def test_no_foreign_value_breaks_a_reader(value: Scalar) -> None:
    for reader in (whole, number, positive, size, claim, moment):
        reader(value)
    assert text(value) == text(value).strip()
    assert len(scalars(value)) <= 1


def test_a_zone_other_than_utc_is_converted() -> None:
    assert moment(datetime(2024, 2, 1, 12, tzinfo=timezone(timedelta(hours=2))).isoformat()) == datetime(
        2024, 2, 1, 10, tzinfo=UTC
    )
