"""S-09: when a read is not believed."""

import pytest

from services.sync.shrink import shrink


def refused(*, read: int, previous: int | None = 100, removed: int = 0, confirmed: int | None = None) -> bool:
    found = shrink(previous=previous, removed_by_us=removed, confirmed=confirmed, read=read, min_share_pct=50)
    return found is not None


def test_first_read_of_a_source_is_believed_whatever_its_size() -> None:
    assert not refused(read=0, previous=None)


@pytest.mark.parametrize(("read", "is_refused"), [(49, True), (50, False), (100, False), (400, False), (0, True)])
def test_only_fewer_than_the_share_is_refused(read: int, is_refused: bool) -> None:
    assert refused(read=read) is is_refused


def test_empty_source_that_stays_empty_is_believed() -> None:
    assert not refused(read=0, previous=0)


def test_items_we_deleted_ourselves_are_not_missed() -> None:
    assert refused(read=30)
    assert not refused(read=30, removed=40)


def test_more_own_deletions_than_items_do_not_break_the_count() -> None:
    assert not refused(read=0, removed=130)


def test_a_confirmed_smaller_size_is_believed_from_then_on() -> None:
    assert not refused(read=40, confirmed=40)
    assert not refused(read=35, confirmed=40)


def test_a_confirmation_does_not_cover_a_much_smaller_read() -> None:
    assert refused(read=5, confirmed=40)


def test_zero_per_cent_switches_the_check_off() -> None:
    assert shrink(previous=100, removed_by_us=0, confirmed=None, read=0, min_share_pct=0) is None


def test_the_sentence_names_both_numbers_and_the_share() -> None:
    found = shrink(previous=100, removed_by_us=10, confirmed=None, read=3, min_share_pct=50)

    assert found is not None
    assert "3 items" in found.sentence
    assert "90 were expected" in found.sentence
    assert "50 %" in found.sentence
