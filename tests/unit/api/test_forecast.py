"""The straight line through a disk's usage, against a plain formula and at its edges."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.analytics.forecast import NEVER, Disk, Outlook, Sample, growth_per_day, outlook, used_pct

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
GB, TB = 10**9, 10**12


def daily(*used: int) -> list[Sample]:
    """A sample a day, the last one now."""
    return [Sample(NOW - timedelta(days=len(used) - 1 - place), bytes_) for place, bytes_ in enumerate(used)]


samples = st.lists(
    st.builds(
        Sample,
        at=st.integers(0, 30 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds)),
        used_bytes=st.integers(0, 2**60),
    ),
    max_size=40,
)


def slope(points: Sequence[Sample]) -> Fraction | None:
    """Least squares the other way: covariance by variance, in days, around the means."""
    if not points:
        return None
    days = [Fraction((point.at - NOW) // timedelta(microseconds=1), 86_400 * 10**6) for point in points]
    middle = sum(days, Fraction(0)) / len(days)
    height = Fraction(sum(point.used_bytes for point in points), len(points))
    spread = sum(((day - middle) * (day - middle) for day in days), Fraction(0))
    if spread == 0:
        return None
    heights = [point.used_bytes - height for point in points]
    return sum(((day - middle) * up for day, up in zip(days, heights, strict=True)), Fraction(0)) / spread


@given(points=samples)
def test_growth_is_the_slope_of_least_squares_cut_towards_nothing(points: list[Sample]) -> None:
    exact = slope(points)

    assert growth_per_day(points) == (0 if exact is None else int(exact))


@given(points=samples, chance=st.randoms(use_true_random=False), shift=st.integers(-(10**6), 10**6))
def test_order_and_moving_all_of_it_change_nothing(points: list[Sample], chance: Random, shift: int) -> None:
    growth = growth_per_day(points)
    moved = [Sample(point.at + timedelta(seconds=shift), point.used_bytes + 5 * GB) for point in points]
    chance.shuffle(moved)

    assert growth_per_day(moved) == growth


def test_T198_four_gigabytes_a_day() -> None:
    thirty = daily(*(800 * GB + 4 * GB * day for day in range(30)))

    assert growth_per_day(thirty) == 4 * GB


@pytest.mark.parametrize(
    "points",
    [[], daily(5), [Sample(NOW, 100), Sample(NOW, 900)], daily(900, 500, 100), daily(7, 7, 7)],
    ids=["none", "one", "two at one time", "shrinking", "still"],
)
def test_T199_nothing_that_grows_fills_no_disk(points: list[Sample]) -> None:
    ahead = outlook(Disk(1000, 990, 85), points)

    assert ahead.growth_per_day <= 0
    assert (ahead.days_until_threshold, ahead.days_until_full) == (NEVER, NEVER)


def test_shrinking_is_cut_towards_nothing_too() -> None:
    assert growth_per_day([Sample(NOW - timedelta(days=2), 7), Sample(NOW, 0)]) == -3
    assert growth_per_day([Sample(NOW - timedelta(days=2), 0), Sample(NOW, 7)]) == 3


@pytest.mark.parametrize(
    ("disk", "expected"),
    [
        (Disk(1000, 500, 85), Outlook(30, 11, 16)),
        (Disk(1000, 850, 85), Outlook(30, 0, 5)),
        (Disk(1000, 900, 85), Outlook(30, 0, 3)),
        (Disk(1000, 1001, 85), Outlook(30, 0, 0)),
        (Disk(1000, 820, 85), Outlook(30, 1, 6)),
        (Disk(1000, 821, 85), Outlook(30, 0, 5)),
        (Disk(0, 500, 85), Outlook(30, NEVER, NEVER)),
        (Disk(1001, 500, 33.3), Outlook(30, 0, 16)),
    ],
    ids=["below", "at the threshold", "past it", "past the end", "a day", "less than a day", "no size", "fraction"],
)
def test_days_are_whole_days_that_are_left(disk: Disk, expected: Outlook) -> None:
    assert outlook(disk, daily(100, 130, 160)) == expected


@given(total=st.integers(1, 2**62), used=st.integers(0, 2**62), pct=st.floats(1, 99), growth=st.integers(1, 2**40))
def test_after_the_days_until_full_one_more_day_is_too_much(total: int, used: int, pct: float, growth: int) -> None:
    ahead = outlook(Disk(total, used, pct), daily(0, growth))

    assert ahead.growth_per_day == growth
    assert 0 <= ahead.days_until_threshold <= ahead.days_until_full
    if used < total:
        assert used + ahead.days_until_full * growth <= total < used + (ahead.days_until_full + 1) * growth


@pytest.mark.parametrize(
    ("disk", "pct"), [(Disk(3 * TB, TB, 85), 33.33), (Disk(0, TB, 85), 0), (Disk(TB, 2 * TB, 85), 200)]
)
def test_share_that_is_used(disk: Disk, pct: float) -> None:
    assert used_pct(disk) == pct
