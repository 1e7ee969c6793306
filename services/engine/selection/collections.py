"""What one decision removes together: the members of collections that their owner wants deleted whole (domain.md 4.9).

Collections that share members are one unit, because a shared member cannot go with one and stay with the other.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from services.engine.selection.eligibility import ALWAYS, OF_COLLECTION, WHERE_NOBODY_ASKS, Why

if TYPE_CHECKING:
    import polars as pl

SOURCE_END = "/"
"""Between the id of the integration that told of a collection and its name: two servers may have one of a name each."""

LARGEST_COLLECTION = 50
"""Members. Film series end far below; a list of favourites with hundreds must not go in one decision (T130)."""

_KEYS = "deletion_collections"


_NO_VETO = (Why.NO_SCORE, Why.NOTHING_TO_FREE, Why.SEASONS_LISTED)
"""These keep an item from beginning, not from going along: a member goes by the score of the one that brings it."""

_VETO = [why for why in ALWAYS if why not in {*_NO_VETO, *OF_COLLECTION}]
_DOUBTS = [why for why in WHERE_NOBODY_ASKS if why not in OF_COLLECTION]


def mark_collections(marked: "pl.DataFrame") -> "pl.DataFrame":
    """Add `unit` (null for an item that goes alone), `collection_group`, and the reasons that a collection gives.

    A unit is named after its smallest item id. `collection_group` joins the names of its collections; no two units have
    the same, because queues and deleter tell them apart by it, and two instances may well have a series of one name.
    """
    import polars as pl

    units = _units(_members(marked))
    placed = marked.select("id").join(units, on="id", how="left", maintain_order="left").drop("id")
    told = placed.with_columns(pl.col(OF_COLLECTION).fill_null(value=False), pl.col("collection_group").fill_null(""))
    return marked.hstack(told)


def groups_sharing(ranked: "pl.DataFrame", disk_group_id: int) -> list[int]:
    """The other disk groups on which there are members of collections of this one."""
    import polars as pl

    placed = ranked.select("unit", "disk_group_id").filter(
        pl.col("unit").is_not_null(), pl.col("disk_group_id").is_not_null()
    )
    here = placed.filter(pl.col("disk_group_id") == disk_group_id)
    found = placed.join(here, on="unit", how="semi")["disk_group_id"].unique().to_list()
    return sorted(place for place in found if place != disk_group_id)


def _members(marked: "pl.DataFrame") -> "pl.DataFrame":
    """One row a member and collection. What has no files, or goes season by season, is no member itself."""
    import polars as pl

    is_listed = (pl.col(_KEYS).list.len() > 0) & ~pl.col(Why.NOTHING_TO_FREE) & ~pl.col(Why.SEASONS_LISTED)
    listed = marked.select(
        "id",
        is_listed.alias("is_listed"),
        key=_KEYS,
        is_blocked=pl.any_horizontal(_VETO),
        is_unsure=pl.any_horizontal(_DOUBTS),
    )
    return listed.filter("is_listed").explode("key").filter(pl.len().over("key") > 1)


def _units(members: "pl.DataFrame") -> "pl.DataFrame":
    """One row a member: its unit, and the reasons it has because of the others."""
    import polars as pl

    by_item = members.group_by("id").agg(pl.col("key").sort(), pl.col("is_blocked", "is_unsure").first())
    roots = _joined(by_item["key"].unique().to_list())
    pairs = pl.DataFrame(list(roots.items()), schema={"key": pl.String, "root": pl.String}, orient="row")
    placed = by_item.with_columns(first=pl.col("key").list.first()).join(
        pairs.join(_named(pairs), on="root"), left_on="first", right_on="key"
    )
    return placed.select(
        "id",
        pl.col("id").min().over("root").alias("unit"),
        "collection_group",
        pl.col("is_blocked").any().over("root").alias(Why.COLLECTION_HELD),
        (pl.len().over("root") > LARGEST_COLLECTION).alias(Why.COLLECTION_TOO_LARGE),
        (pl.col("key").list.len() < pl.col("keys")).alias(Why.COLLECTION_SHARED),
        pl.col("is_unsure").any().over("root").alias(Why.COLLECTION_UNSURE),
    )


def _named(pairs: "pl.DataFrame") -> "pl.DataFrame":
    """Of each root how many `keys` are joined in it, and a name that it has alone: the second of one gets a number."""
    import polars as pl

    bare = pl.col("key").str.replace(f"^[0-9]+{SOURCE_END}", "")
    by_root = pairs.group_by("root").agg(keys=pl.len(), collection_group=bare.unique().sort().str.join(", "))
    place = pl.int_range(1, pl.len() + 1).over("collection_group")
    numbered = pl.format("{} ({})", "collection_group", place)
    return by_root.sort("root").with_columns(
        collection_group=pl.when(place > 1).then(numbered).otherwise("collection_group")
    )


def _joined(groups: Iterable[Sequence[str]]) -> dict[str, str]:
    """For every collection the first of all those it is joined with; `groups` are collections with a common member."""
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        while parents.setdefault(key, key) != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    for group in groups:
        for key in group:
            first, second = sorted((root(group[0]), root(key)))
            parents[second] = first
    return {key: root(key) for key in parents}
