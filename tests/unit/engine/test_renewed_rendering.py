"""A list that is rendered from a former one: the same bytes as without, and new texts only where something changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.enums import ExecutionMode, RuleEffect
from libs.common.preview import parts
from services.engine.evaluation import Evaluation, evaluate_items
from services.engine.preview import former, render
from services.engine.preview.binding import Rendering
from services.engine.preview.render import QueuePlace, Surroundings
from services.engine.rules.compile import StoredRule
from tests.unit.engine.catalogue_rows import NOW, item
from tests.unit.engine.test_explanations import GIB, NOTHING_AROUND, evaluated

AT_MOST = 6


@pytest.fixture(autouse=True)
def _small_parts() -> Iterator[None]:
    """So small that a short list has many."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parts, "ITEMS_PER_PART", 3)
        patched.setattr(render, "PIECE", AT_MOST)
        yield


def rated(number: int, rating: float = 5.0, **values: Any) -> dict[str, Any]:
    """The smaller the number, the better a candidate."""
    return item(number, size_bytes=(60 - number) * GIB // 2, rating=rating, **values)


def at(evaluation: Evaluation, now: datetime, ages_at: datetime) -> Evaluation:
    """The same catalogue at another time, with ages as they were at a third one."""
    return evaluate_items(evaluation.catalogue, replace(evaluation.facts, now=now), ages_at=ages_at)


def renewed(before: Evaluation, after: Evaluation, around: Surroundings = NOTHING_AROUND) -> list[str] | None:
    """The ids of the items that are rendered anew; None: all are."""
    first = render.render(before, NOTHING_AROUND)
    sheet = render._sheet(after, around)
    found = former.patchwork(sheet, former.origin_of(sheet), first.origin, first.packed_items, AT_MOST)
    return None if found is None else [sheet.items["external_id"][place] for place in found.fresh]


def is_same_as_without(before: Rendering, after: Evaluation, around: Surroundings = NOTHING_AROUND) -> bool:
    """All bytes of both encodings, and what stands in their tags."""
    return render.render(after, around, before) == render.render(after, around)


_ROWS = st.dictionaries(st.integers(1, 40), st.sampled_from([1.0, 5.0, 9.0]), max_size=25)
_PLACES = st.dictionaries(st.integers(1, 40), st.sampled_from(["pending", "deleting"]), max_size=3)


def _around(places: Mapping[int, str]) -> Surroundings:
    waiting = {(1, str(number)): QueuePlace(status, number) for number, status in places.items()}
    return Surroundings(waiting, {1: ExecutionMode.AUTO})


def _rows(ratings: Mapping[int, float]) -> list[dict[str, Any]]:
    return [rated(number, rating) for number, rating in ratings.items()]


@settings(max_examples=60, deadline=None)
@given(before=_ROWS, others=_ROWS, gone=st.sets(st.integers(1, 40)), waiting=_PLACES, later=_PLACES)
def test_it_is_byte_for_byte_what_it_would_be_without(
    before: dict[int, float], others: dict[int, float], gone: set[int], waiting: dict[int, str], later: dict[int, str]
) -> None:
    changed = dict(list(others.items())[: AT_MOST // 2])
    after = {number: rating for number, rating in (before | changed).items() if number not in gone}
    first = render.render(evaluated(*_rows(before)), _around(waiting))

    assert is_same_as_without(first, evaluated(*_rows(after)), _around(later))


@pytest.mark.parametrize("new", [1, 20, 40], ids=["first", "amid", "last"])
def test_item_that_came_is_the_only_one_rendered(new: int) -> None:
    rows = [rated(number) for number in range(2, 40) if number != new]

    assert renewed(evaluated(*rows), evaluated(*rows, rated(new))) == [str(new)]


def test_part_in_which_nothing_changed_is_packed_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [rated(number) for number in range(1, 13)]
    first = render.render(evaluated(*rows), NOTHING_AROUND)
    packed: list[bytes] = []

    def pack(text: bytes) -> bytes:
        packed.append(text)
        return text

    monkeypatch.setattr(parts, "pack", pack)

    render.render(evaluated(*rows[:7], rated(8, 5.0, path="/elsewhere"), *rows[8:]), NOTHING_AROUND, first)

    assert [text.count(b'"title":"Item') // 2 for text in packed] == [3]
    assert b"/elsewhere" in packed[0]


@pytest.mark.parametrize(
    ("column", "value"),
    [("path", "/b"), ("tags", ["a"]), ("labels", ["a", "b"]), ("monitored", False), ("last_played", NOW), ("year", 7)],
)
def test_change_of_anything_shown_has_the_item_rendered(column: str, value: Any) -> None:
    rows = [rated(number) for number in range(1, 10)]

    after = evaluated(*rows[:4], rated(5, **{column: value}), *rows[5:])

    assert "5" in (renewed(evaluated(*rows), after) or [])


def test_change_of_a_queue_has_only_its_item_rendered() -> None:
    rows = [rated(number) for number in range(1, 10)]

    assert renewed(evaluated(*rows), evaluated(*rows), _around({4: "deleting"})) is None  # another mode, other words
    waiting = Surroundings({(1, "4"): QueuePlace("deleting")}, {})
    assert renewed(evaluated(*rows), evaluated(*rows), waiting) == ["4"]


def test_what_only_time_changes_keeps_its_text_while_ages_are_held() -> None:
    before = evaluated(*(rated(number, last_played=NOW - timedelta(days=30)) for number in range(1, 10)))
    later = NOW + timedelta(minutes=10)

    assert renewed(before, at(before, later, before.ages_at)) == []
    assert renewed(before, at(before, later, later)) is None


def _last_played(days: float, number: int = 1) -> dict[str, Any]:
    return rated(number, play_count=1, last_played=NOW - timedelta(days=days))


def test_days_that_a_rule_shows_are_renewed_when_they_are_others() -> None:
    rule = StoredRule(1, 1, "lastplayed", "over_ago", "10", RuleEffect.LEAN_REMOVE)
    before = evaluated(_last_played(30.999, 1), _last_played(30.5, 2), _last_played(5, 3), rules=(rule,))
    after = at(before, NOW + timedelta(minutes=10), before.ages_at)

    assert renewed(before, after) == ["1"]
    assert is_same_as_without(render.render(before, NOTHING_AROUND), after)


def _ruled(*rules: StoredRule) -> Evaluation:
    return evaluated(*(rated(number) for number in range(1, 10)), rules=rules)


_TAKES_NO_PART = StoredRule(2, 9, "title", "contains", "nothing", RuleEffect.LEAN_KEEP)


@pytest.mark.parametrize(
    "after",
    [
        evaluated(*(rated(number) for number in reversed(range(1, 10))), rated(99), *(rated(n) for n in range(20, 30))),
        _ruled(_TAKES_NO_PART),
    ],
    ids=["much is new", "other words"],
)
def test_all_is_rendered_when(after: Evaluation) -> None:
    before = _ruled()

    assert renewed(before, after) is None
    assert is_same_as_without(render.render(before, NOTHING_AROUND), after)


def test_all_is_rendered_when_equal_texts_stand_in_another_order() -> None:
    before = _ruled()
    turned = _turned(before)

    assert renewed(before, turned) is None
    assert is_same_as_without(render.render(before, NOTHING_AROUND), turned)


def _turned(evaluation: Evaluation) -> Evaluation:
    return replace(evaluation, ranked=evaluation.ranked.reverse())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (range(2, 16), range(1, 16)),
        (range(4, 16), range(1, 16)),
        (range(1, 16), range(4, 16)),
        (range(1, 16), range(1, 15)),
        (range(1, 15), range(1, 16)),
        (range(1, 16), range(1, 17)),
        (range(0), range(0)),
        (range(0), range(1, 5)),
        (range(1, 5), range(0)),
    ],
    ids=[
        "item before",
        "part before",
        "first part gone",
        "last gone",
        "last part full",
        "part behind",
        "none",
        "first",
        "last",
    ],
)
def test_parts_that_begin_or_end_the_list_are_as_they_must_be(before: Sequence[int], after: Sequence[int]) -> None:
    first = render.render(evaluated(*map(rated, before)), NOTHING_AROUND)

    assert is_same_as_without(first, evaluated(*map(rated, after)))
