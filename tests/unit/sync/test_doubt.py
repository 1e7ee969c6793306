"""A reading that is much smaller than the one before waits for a second that agrees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sync.audience.doubt import is_doubtful


@pytest.mark.parametrize(
    ("rows", "former", "suspected", "doubtful"),
    [
        pytest.param(100, 100, None, False, id="as many"),
        pytest.param(80, 100, None, False, id="exactly 80 percent"),
        pytest.param(79, 100, None, True, id="just below"),
        pytest.param(0, 100, None, True, id="nothing at all"),
        pytest.param(300, 100, None, False, id="more"),
        pytest.param(0, 9, None, False, id="too few for a share"),
        pytest.param(0, 10, None, True, id="just enough for a share"),
        pytest.param(50, 100, 50, False, id="second that agrees"),
        pytest.param(45, 100, 50, False, id="second that nearly agrees"),
        pytest.param(0, 100, 0, False, id="nothing twice"),
        pytest.param(20, 100, 50, True, id="second that fell further"),
        pytest.param(70, 100, 50, True, id="second on its way back"),
        pytest.param(95, 100, 50, False, id="back to normal"),
    ],
)
def test_readings(rows: int, former: int, suspected: int | None, doubtful: bool) -> None:
    assert is_doubtful(rows, former=former, suspected=suspected) is doubtful


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_same_reading_twice_is_always_believed(rows: int, former: int) -> None:
    assert not is_doubtful(rows, former=former, suspected=rows)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.none() | st.integers(0, 10_000))
def test_more_rows_are_never_doubted(former: int, more: int, suspected: int | None) -> None:
    assert not is_doubtful(former + more, former=former, suspected=suspected)
