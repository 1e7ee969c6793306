"""Titles that mean the same compare equal, and others do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.titles import title_key, title_keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Serenity (2005)", "serenity"),
        ("The Office (US)", "Office"),
        ("Amélie", "Amelie"),
        ("Fast & Furious", "Fast and Furious"),
        ("Spider-Man: Homecoming", "Spider Man Homecoming"),
        ("House (2004) (US)", "House"),
        ("WALL·E", "wall-e"),
    ],
)
def test_spellings_of_one_title_compare_equal(one: str, other: str) -> None:
    assert title_key(one) == title_key(other) != ""


@pytest.mark.parametrize(("one", "other"), [("Alien", "Aliens"), ("Theatre", "Atre"), ("2012", "2010"), ("Up", "Us")])
def test_different_titles_stay_different(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)


@pytest.mark.parametrize("title", ["", "   ", "!!!", "(2005)"])
def test_a_title_of_nothing_comparable_has_no_key(title: str) -> None:
    assert title_key(title) == ""


def test_a_year_that_is_the_title_is_kept() -> None:
    assert title_key("1917") == "1917"


def test_titles_of_other_scripts_are_kept() -> None:
    assert title_key("千と千尋の神隠し") != title_key("もののけ姫") != ""


@given(st.text())
def test_a_key_is_its_own_key_or_empty_and_case_never_matters(title: str) -> None:
    key = title_key(title)
    assert key == "" or key.isalnum()
    assert title_key(title.strip()) == key


def test_several_titles_give_their_different_keys_in_order() -> None:
    assert title_keys(["The Office", "Office", "", "El Office"]) == ["office", "eloffice"]
