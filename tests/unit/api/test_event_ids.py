"""Ids of events and what a returning client is owed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.sse.event_ids import RequestedId, event_id, parse
from services.api.sse.replay import Bounds, Gap, Plan, plan


@given(st.integers(0, 10**12 - 1), st.integers(0, 10**19 - 1))
def test_an_id_reads_back(seconds: int, sequence: int) -> None:
    text = event_id(seconds, sequence)

    assert parse(text) == RequestedId(sequence, seconds)
    assert len(text.split("-")[1]) >= 3


def test_padding_grows_past_999() -> None:
    assert [event_id(5, number) for number in (1, 999, 1000, 1001)] == ["5-001", "5-999", "5-1000", "5-1001"]


@given(st.text())
def test_nothing_makes_the_parser_fail(text: str) -> None:
    read = parse(text)

    assert read is None or read.sequence >= 0


@pytest.mark.parametrize(
    "text", ["", "-1", "1-", "a-1", "1-2-3", "1 2", "\u0661-\u0662", "1-2\n", "1.5", "0x1", "9" * 20]
)
def test_other_forms_are_malformed(text: str) -> None:
    assert parse(text) is None


BOUNDS = Bounds(first=100, last=199)


@pytest.mark.parametrize(
    ("requested", "stored_second", "planned"),
    [
        pytest.param(RequestedId(150, 7), 7, Plan(150), id="known"),
        pytest.param(RequestedId(150, 7), 8, Plan(150), id="a second of rounding"),
        pytest.param(RequestedId(150), None, Plan(150), id="plain digits"),
        pytest.param(RequestedId(199, 7), 7, Plan(199), id="nothing missed"),
        pytest.param(RequestedId(99, 7), None, Plan(99), id="next is the oldest stored"),
        pytest.param(RequestedId(98, 7), None, Plan(99, Gap.EXPIRED), id="expired"),
        pytest.param(RequestedId(200, 7), None, Plan(199, Gap.UNKNOWN), id="from the future"),
        pytest.param(RequestedId(150, 7), 9, Plan(199, Gap.UNKNOWN), id="another time"),
        pytest.param(None, None, Plan(199, Gap.MALFORMED), id="malformed"),
    ],
)
def test_plan(requested: RequestedId | None, stored_second: int | None, planned: Plan) -> None:
    assert plan(requested, BOUNDS, stored_second, most=1000) == planned


def test_more_than_the_cap_gets_the_newest() -> None:
    assert plan(RequestedId(110), BOUNDS, None, most=10) == Plan(189, Gap.TOO_MANY)
    assert plan(RequestedId(189), BOUNDS, None, most=10) == Plan(189)
    assert plan(RequestedId(5), BOUNDS, None, most=10) == Plan(189, Gap.EXPIRED)


def test_empty_stream_after_a_purge() -> None:
    purged = Bounds(first=200, last=199)

    assert plan(RequestedId(199), purged, None, most=10) == Plan(199)
    assert plan(RequestedId(150), purged, None, most=10) == Plan(199, Gap.EXPIRED)


@given(st.integers(0, 400), st.integers(1, 300), st.integers(0, 200), st.integers(1, 50))
def test_a_plan_never_reaches_outside_the_stream(requested: int, first: int, count: int, most: int) -> None:
    bounds = Bounds(first, first + count - 1)
    planned = plan(RequestedId(requested), bounds, None, most)

    assert bounds.last - most <= planned.after <= bounds.last
    assert planned.after >= bounds.first - 1
    assert planned.gap is not None or planned.after == requested
