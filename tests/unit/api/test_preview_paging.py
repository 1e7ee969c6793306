"""What a query says about the part of the preview it wants."""

import pytest

from services.api.errors import BadInputError
from services.api.preview.paging import MAX_SEARCH, Wish, wish
from services.api.preview.queries import Filter

HUGE = str(2**63)


def test_query_without_our_parameters_means_the_whole_list() -> None:
    assert wish({}) is None
    assert wish({"force": "true", "compat": "reference", "apikey": "x"}) is None


@pytest.mark.parametrize(
    ("given", "after", "offset", "limit"),
    [
        ({"limit": "20"}, 0, 0, 20),
        ({"limit": "0"}, 0, 0, 100),
        ({"limit": "many"}, 0, 0, 100),
        ({"limit": "100000"}, 0, 0, 1000),
        ({"offset": "30"}, 0, 30, 100),
        ({"offset": "-3"}, 0, 0, 100),
        ({"cursor": "300", "limit": "7"}, 300, 0, 7),
        ({"cursor": "", "offset": "5"}, 0, 5, 100),
    ],
)
def test_place_of_a_page(given: dict[str, str], after: int, offset: int, limit: int) -> None:
    assert wish(given) == Wish(Filter(), after, offset, limit)


def test_conditions_of_a_page() -> None:
    asked = wish({"search": "  Fire ", "disk_group_id": "3", "integration_id": "4"})

    assert asked == Wish(Filter("Fire", 3, 4), 0, 0, 100)
    assert not asked.wanted.passes_all


@pytest.mark.parametrize("name", ["cursor", "disk_group_id", "integration_id"])
@pytest.mark.parametrize("value", ["x", "-1", "1.5", "٣", HUGE, "1 2"])
def test_number_that_is_none_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(BadInputError, match=rf"^{name}: must be a whole number from"):
        wish({name: value})


@pytest.mark.parametrize("name", ["disk_group_id", "integration_id"])
def test_zero_is_no_id(name: str) -> None:
    with pytest.raises(BadInputError, match=rf"^{name}: "):
        wish({name: "0"})


def test_cursor_and_offset_exclude_each_other() -> None:
    with pytest.raises(BadInputError, match=r"^cursor: "):
        wish({"cursor": "10", "offset": "5"})


@pytest.mark.parametrize("search", ["x" * (MAX_SEARCH + 1), "a\x00b"], ids=["long", "nul"])
def test_search_that_cannot_be_meant_is_refused(search: str) -> None:
    with pytest.raises(BadInputError, match=r"^search: "):
        wish({"search": search})
