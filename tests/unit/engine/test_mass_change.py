"""When one run would take too much of a disk group at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engine.mass_change import Extent, extent_on, largest_change, mass_change, released
from tests.unit.engine.catalogue_rows import frame, item, season, show

GIB = 1024**3


@pytest.mark.parametrize(
    ("removed", "stops"),
    [
        (Extent(3, 30), False),
        (Extent(4, 30), True),
        (Extent(3, 31), True),
        (Extent(0, 0), False),
    ],
    ids=["exactly the share", "too many items", "too many bytes", "nothing"],
)
def test_a_larger_share_of_items_or_of_bytes_stops(removed: Extent, stops: bool) -> None:
    assert (mass_change(removed, Extent(10, 100), 30) is not None) is stops


@given(items=st.integers(0, 50), size=st.integers(0, 5000), more=st.integers(0, 50), larger=st.integers(0, 5000))
def test_at_a_hundred_per_cent_everything_may_go(items: int, size: int, more: int, larger: int) -> None:
    assert mass_change(Extent(items, size), Extent(items + more, size + larger), 100) is None


def test_sentence_and_details_hold_the_figures_a_person_confirms() -> None:
    found = mass_change(Extent(6, 6 * GIB), Extent(10, 24 * GIB), 30)

    assert found is not None
    assert found.sentence == "would remove 6 of 10 items (60.0 %) and 6.0 of 24.0 GB (25.0 %) at once, more than 30 %"
    assert found.details == {
        "items": 6,
        "itemsTotal": 10,
        "itemsPct": 60.0,
        "bytes": 6 * GIB,
        "bytesTotal": 24 * GIB,
        "bytesPct": 25.0,
        "maxDeletePctPerRun": 30,
    }
    assert released(found.details) == Extent(6, 6 * GIB)


def test_details_that_say_nothing_release_nothing() -> None:
    assert released({}) == released({"items": "6", "bytes": None}) == Extent(0, 0)


def test_show_is_not_counted_beside_its_seasons() -> None:
    rows = [
        show(1, size_bytes=30),
        season(2, 1, 1, size_bytes=10),
        season(3, 1, 2, size_bytes=20),
        show(4, size_bytes=7),
        item(5, size_bytes=5),
        item(6, size_bytes=100, disk_group_id=2),
        item(7, size_bytes=100, disk_group_id=None),
        show(8, external_id="1", integration_id=2, size_bytes=1),
    ]

    assert extent_on(frame(*rows).collect(), 1) == Extent(5, 43)


def test_items_that_go_along_from_other_groups_count_where_they_lie() -> None:
    here = [item(number, size_bytes=10) for number in range(1, 11)]
    there = [item(number, size_bytes=10, disk_group_id=2) for number in range(11, 15)]
    ranked = frame(*here, *there).collect()

    assert largest_change(ranked, [1, 2, 3, 11], [1, 2], 30) is None
    found = largest_change(ranked, [1, 2, 3, 4, 11, 12], [1, 2], 30)

    assert found is not None
    assert (found.removed, found.whole) == (Extent(2, 20), Extent(4, 40))
