"""Collections that are deleted as a whole: all their members go, or none."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from libs.common.domain.enums import ExecutionMode, RuleEffect
from services.engine.rules.compile import StoredRule
from services.engine.selection import collections
from services.engine.selection.candidates import KeptBack, Selection, select_candidates, told_by_leaders
from services.engine.selection.eligibility import Why
from tests.unit.engine.catalogue_rows import NOW, item, season, show
from tests.unit.engine.test_selection import GIB, chosen, ranked, why

ALIEN, PREDATOR = ["1/Alien"], ["1/Predator"]
EVERYTHING = 10_000 * GIB


def member(number: int, keys: list[str], size_gib: int = 10, **values: Any) -> dict[str, Any]:
    return item(number, deletion_collections=keys, size_bytes=size_gib * GIB, **values)


def select(table: pl.DataFrame, gib: int, mode: ExecutionMode = ExecutionMode.AUTO, **others: Any) -> Selection:
    return select_candidates(table, 1, gib * GIB, mode, **others)


def kept(found: Selection) -> list[tuple[str, str]]:
    return list(found.kept_back.select("collection_group", "why").iter_rows())


def test_members_go_together_with_the_score_of_the_one_that_brings_them() -> None:
    table = ranked(member(1, ALIEN, 5), member(2, ALIEN, 40), member(3, [], 30), member(4, ALIEN, 6))

    found = select(table, 60)

    assert found.chosen["id"].to_list() == [2, 4, 1, 3]
    assert found.chosen["collection_group"].to_list() == ["Alien", "Alien", "Alien", ""]
    assert found.chosen["led_by"].to_list() == [2, 2, 2, 3]
    best = table.filter(pl.col("id") == 2)["score"][0]
    assert found.chosen["score"].to_list()[:3] == [best] * 3
    assert found.bytes_chosen == 81 * GIB


def test_members_tell_the_details_of_the_one_that_brings_them() -> None:
    table = ranked(member(1, ALIEN, 5), member(2, ALIEN, 40), member(3, [], 30))

    chosen_ones = select(table, 60).chosen.with_columns(score_details=pl.format("details of {}", "title"))
    told = told_by_leaders(chosen_ones)

    assert told["score_details"].to_list() == ["details of Item 2"] * 2 + ["details of Item 3"]


def test_disk_groups_that_share_a_collection_know_each_other() -> None:
    rows = [member(1, ALIEN), member(2, ALIEN, disk_group_id=2), member(3, ALIEN, disk_group_id=None)]
    table = ranked(*rows, member(4, [], disk_group_id=3))

    assert [collections.groups_sharing(table, group) for group in (1, 2, 3)] == [[2], [1], []]


def test_T128_one_collection_goes_once_however_many_of_its_members_are_candidates() -> None:
    table = ranked(member(1, ALIEN), member(2, ALIEN), member(3, []))

    assert sorted(chosen(table, EVERYTHING)) == [1, 2, 3]


def test_T126_only_collections_that_are_deleted_whole_count() -> None:
    # the catalogue lists only those; item 1 is in another one too, which nobody asked to delete as a whole
    table = ranked(
        member(1, ["2/Second"], 40, collections=["First", "Second"]),
        member(2, [], 1, collections=["First"]),
        member(3, ["2/Second"], 1, collections=["Second"]),
    )

    found = select(table, 40)

    assert found.chosen["id"].to_list() == [1, 3]
    assert found.chosen["collection_group"].unique().to_list() == ["Second"]


@pytest.mark.parametrize(
    ("values", "guards"),
    [
        ({"tags": ["keep"]}, {}),
        ({}, {"snoozed": {(1, "2")}}),
        ({}, {"active": {(1, "2")}}),
        ({"file_added_at": NOW - timedelta(days=1)}, {}),
    ],
    ids=["protected", "snoozed", "being deleted", "young"],
)
def test_T127_what_keeps_one_member_keeps_all_and_the_next_best_goes(
    values: dict[str, Any], guards: dict[str, Any]
) -> None:
    keep = StoredRule(1, 1, "tag", "equals", "keep", RuleEffect.ALWAYS_KEEP)
    table = ranked(member(1, ALIEN, 40), member(2, ALIEN, 1, **values), member(3, [], 1), rules=(keep,), **guards)

    assert chosen(table, GIB) == [3]
    assert Why.COLLECTION_HELD in why(table, 1)


def test_member_that_scores_nothing_goes_along_and_brings_nobody() -> None:
    nothing = {"rating": 10.0, "added_at": NOW, "file_added_at": NOW - timedelta(days=30)}
    table = ranked(member(1, ALIEN, 40), item(2, deletion_collections=ALIEN, size_bytes=1, **nothing))

    assert Why.NO_SCORE not in why(table, 1)
    assert chosen(table, 2 * GIB) == [1, 2]


def test_S06_doubt_about_one_member_holds_all_and_they_keep_their_place() -> None:
    table = ranked(
        member(1, ALIEN, 40), member(2, ALIEN, 10, file_added_at=None, added_at=None), member(3, [], 30), member(4, [])
    )

    found = select(table, 45)

    assert (found.chosen["id"].to_list(), found.held) == ([], 2)
    assert Why.COLLECTION_UNSURE in why(table, 1)
    assert sorted(select(table, 45, ExecutionMode.DRY_RUN).chosen["id"]) == [1, 2]


def test_collection_of_one_goes_alone() -> None:
    found = select(ranked(member(1, ALIEN), member(2, ALIEN, 0)), 1)

    assert found.chosen.select("id", "collection_group").rows() == [(1, "")]


def test_S14_collection_that_frees_more_than_one_item_too_much_stays_and_the_next_best_goes() -> None:
    table = ranked(member(1, ALIEN, 40), member(2, ALIEN, 30), member(3, ALIEN, 20), member(4, [], 10))

    assert sorted(select(table, 51).chosen["id"]) == [1, 2, 3]  # without the largest 50 are missing the budget
    too_much = select(table, 50)
    assert (too_much.chosen["id"].to_list(), kept(too_much)) == ([4], [("Alien", KeptBack.TOO_MUCH)])


def test_S14_what_went_before_counts() -> None:
    rows = [member(1, ALIEN, 40), member(2, ALIEN, 39), member(3, PREDATOR, 30), member(4, PREDATOR, 20)]

    assert sorted(select(ranked(*rows), 100).chosen["id"]) == [1, 2, 3, 4]
    found = select(ranked(*rows), 99)
    assert (sorted(found.chosen["id"]), kept(found)) == ([1, 2], [("Predator", KeptBack.TOO_MUCH)])


def test_T130_large_collection_stays_as_a_whole() -> None:
    favourites = [member(number, ["9/Favourites"], 10) for number in range(1, collections.LARGEST_COLLECTION + 2)]
    table = ranked(*favourites, member(99, [], 1))

    assert chosen(table, EVERYTHING) == [99]
    assert Why.COLLECTION_TOO_LARGE in why(table, 1)
    assert len(chosen(ranked(*favourites[1:]), EVERYTHING)) == collections.LARGEST_COLLECTION


def test_T131_D6_collection_with_a_member_on_another_disk_goes_only_with_its_consent() -> None:
    table = ranked(member(1, ALIEN, 40), member(2, ALIEN, 39, disk_group_id=2), member(3, [], 5))

    alone = select(table, 40)
    along = select(table, 40, companions={2})

    assert (alone.chosen["id"].to_list(), kept(alone)) == ([3], [("Alien", KeptBack.ELSEWHERE)])
    assert along.chosen.select("id", "disk_group_id", "collection_group").rows() == [(1, 1, "Alien"), (2, 2, "Alien")]
    assert sorted(select(table, 41, companions={2}).chosen["id"]) == [1, 2, 3]  # foreign bytes count for nothing


def test_T131_member_that_lies_on_no_disk_keeps_its_collection() -> None:
    table = ranked(member(1, ALIEN, 40), member(2, ALIEN, 1, disk_group_id=None))

    assert select(table, 40, companions={2}).chosen.is_empty()


def test_what_another_disk_group_took_along_is_not_chosen_again() -> None:
    table = ranked(member(1, ALIEN), member(2, ALIEN, disk_group_id=2), member(3, []))

    found = select_candidates(table, 2, EVERYTHING, ExecutionMode.AUTO, companions={1}, taken={1, 2})

    assert found.chosen.is_empty()


def test_collections_that_share_a_member_go_together_brought_by_that_member_only() -> None:
    shared = member(1, ["1/Alien", "2/Horror"], 10)
    rows = [member(2, ALIEN, 40), shared, member(3, ["2/Horror"], 9), member(4, [], 5)]

    table = ranked(*rows)

    assert Why.COLLECTION_SHARED in why(table, 2)
    found = select(table, 60)
    assert sorted(found.chosen["id"]) == [1, 2, 3, 4]
    assert found.chosen.filter(pl.col("id") < 4)["led_by"].unique().to_list() == [1]
    assert set(found.chosen["collection_group"]) == {"Alien, Horror", ""}


def test_chain_of_collections_without_a_common_member_stays() -> None:
    table = ranked(
        member(1, ["1/A"], 40), member(2, ["1/A", "1/B"], 30), member(3, ["1/B", "1/C"], 20), member(4, ["1/C"], 10)
    )

    assert chosen(table, EVERYTHING) == []


def test_T129_collections_of_one_name_on_two_servers_are_two() -> None:
    table = ranked(member(1, ["1/Best"], 40), member(2, ["1/Best"], 1), member(3, ["2/Best"]), member(4, ["2/Best"]))

    assert chosen(table, 2 * GIB) == [1, 2]


def test_T129_units_never_share_a_name_which_is_how_the_queues_tell_them_apart() -> None:
    best = [member(1, ["1/Best"]), member(2, ["1/Best"]), member(3, ["2/Best"]), member(4, ["2/Best"])]
    joined = [member(5, ["1/A, B"]), member(6, ["1/A, B"]), *(member(n, ["2/A", "2/B"]) for n in (7, 8))]

    table = ranked(*joined, *best).sort("id")

    names = table.group_by("unit", maintain_order=True).agg(pl.col("collection_group").unique())
    assert names["collection_group"].to_list() == [["Best"], ["Best (2)"], ["A, B"], ["A, B (2)"]]


def test_show_in_a_collection_goes_by_its_seasons_where_they_are_listed() -> None:
    table = ranked(
        show(1, deletion_collections=ALIEN),
        season(2, 1, 1, deletion_collections=ALIEN),
        season(3, 1, 2, deletion_collections=ALIEN),
    )

    assert sorted(chosen(table, 15 * GIB)) == [2, 3]


def test_order_of_the_catalogue_changes_nothing() -> None:
    rows = [member(n, [f"{n % 2}/A", f"1/{n % 4}"] if n % 3 else [], n) for n in range(1, 25)]

    def told(table: pl.DataFrame) -> list[tuple[Any, ...]]:
        return table.sort("id").select("id", "unit", "collection_group", Why.COLLECTION_SHARED).rows()

    first = told(ranked(*rows))
    assert all(told(ranked(*rows[cut:], *rows[:cut])) == first for cut in (1, 5, 17))


def test_items_of_no_such_collection_go_alone() -> None:
    assert ranked(item(1), item(2)).select("unit", "collection_group").rows() == [(None, ""), (None, "")]
