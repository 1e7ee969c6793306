"""What a run picks in one disk group: the shortest run of the order that reaches the byte budget, unit by unit."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from libs.common.domain.enums import ACTS_ALONE, ExecutionMode
from services.engine.selection.eligibility import ALWAYS, WHERE_NOBODY_ASKS, Why

if TYPE_CHECKING:
    import polars as pl


class KeptBack(StrEnum):
    """Why a collection whose members may all go stays nevertheless."""

    ELSEWHERE = "collection_elsewhere"
    TOO_MUCH = "collection_too_much"


@dataclass(frozen=True, slots=True)
class Selection:
    """`chosen` keeps the order; `led_by` is the item whose score brought a row (itself, for one that goes alone).

    `held` counts items that used up budget and stay for want of evidence. `kept_back` has a row for each collection
    that stays as a whole: `unit`, `collection_group`, `why` and `bytes_here`. The next best takes its place.
    """

    evaluated: int
    protected: int
    held: int
    chosen: "pl.DataFrame"
    kept_back: "pl.DataFrame"

    @property
    def bytes_chosen(self) -> int:
        """What the candidates free together, on other disks too."""
        return int(self.chosen["size_bytes"].sum() or 0)


def told_by_leaders(chosen: "pl.DataFrame") -> "pl.DataFrame":
    """The chosen of a selection, for each the `score_details` of the item whose score brought it."""
    import polars as pl

    is_leader = pl.col("id") == pl.col("led_by")
    return chosen.with_columns(pl.col("score_details").filter(is_leader).first().over("led_by"))


def kept_back(selection: Selection, unit: int | None) -> KeptBack | None:
    """Why this unit stays as a whole; None when it does not."""
    found = selection.kept_back.filter(selection.kept_back["unit"] == unit)["why"].to_list() if unit is not None else []
    return KeptBack(found[0]) if found else None


def select_candidates(
    ranked: "pl.DataFrame",
    disk_group_id: int,
    bytes_to_free: int,
    mode: ExecutionMode,
    *,
    companions: Collection[int] = (),
    taken: Collection[int] = (),
) -> Selection:
    """Pick from `ranked` (all items, best candidate first, with their reasons as columns).

    The unit that crosses the budget is included; with nothing to free nothing is chosen. `companions` are other disk
    groups whose items may go along in a collection; only bytes on this disk count. `taken` are items that are gone.
    """
    import polars as pl

    group = ranked.filter(pl.col("disk_group_id") == disk_group_id)
    held = pl.any_horizontal(WHERE_NOBODY_ASKS) if mode in ACTS_ALONE else pl.lit(value=False)
    may_go = group.filter(~pl.any_horizontal(ALWAYS)).select("id", "rank", "unit", size="size_bytes", is_held=held)
    members = ranked.join(may_go.filter(pl.col("unit").is_not_null()), on="unit", how="semi", maintain_order="left")
    line = _in_line(may_go, _sums(members, disk_group_id, companions)).filter(~pl.col("id").is_in(list(taken)))
    whole = line.filter("may_leave")
    too_much = whole.filter(pl.col("rank").is_in(_ranks_of_too_much(whole, bytes_to_free)))
    fitting = whole.join(too_much, on="rank", how="anti", maintain_order="left")
    within = fitting.filter(pl.col("size").cum_sum() - pl.col("size") < bytes_to_free)
    return Selection(
        evaluated=group.height,
        protected=int(group[Why.PROTECTED].sum()),
        held=int(within.filter("is_held")["items"].sum()),
        chosen=_expanded(within.filter(~pl.col("is_held")), group, members),
        kept_back=pl.concat(
            [_kept(line.filter(~pl.col("may_leave")), KeptBack.ELSEWHERE), _kept(too_much, KeptBack.TOO_MUCH)]
        ),
    )


def _sums(members: "pl.DataFrame", disk_group_id: int, companions: Collection[int]) -> "pl.DataFrame":
    """What each collection amounts to. `excess`: what it frees here without its largest member."""
    import polars as pl

    group, is_here = pl.col("disk_group_id"), pl.col("disk_group_id") == disk_group_id
    here = pl.when(is_here).then(pl.col("size_bytes")).otherwise(0)
    return members.group_by("unit").agg(
        pl.col("collection_group").first(),
        size=here.sum(),
        excess=here.sum() - here.max(),
        items=is_here.fill_null(value=False).sum().cast(pl.Int64),
        may_leave=group.is_in([disk_group_id, *companions]).fill_null(value=False).all(),
    )


def _in_line(may_go: "pl.DataFrame", sums: "pl.DataFrame") -> "pl.DataFrame":
    """One row a unit, where its best member stands: that one brings the others."""
    import polars as pl

    alone = may_go.filter(pl.col("unit").is_null()).with_columns(
        collection_group=pl.lit(""), excess=pl.lit(0), items=pl.lit(1, pl.Int64), may_leave=pl.lit(value=True)
    )
    leaders = may_go.drop("size").unique("unit", keep="first", maintain_order=True).join(sums, on="unit")
    return pl.concat([alone, leaders.select(alone.columns)], how="vertical_relaxed").sort("rank")


def _ranks_of_too_much(line: "pl.DataFrame", bytes_to_free: int) -> list[int]:
    """The collections that would free more than one item too much (S-14), and so leave their place to others.

    Without its largest member a unit must not reach the budget; for a single item that is the budget's own rule. What
    was freed before depends on which collections went, so these are asked one by one; single items are summed up.
    """
    import polars as pl

    size, unit = pl.col("size"), pl.col("unit")
    alone_before = pl.when(unit.is_null()).then(size).otherwise(0).cum_sum()
    together = line.select("rank", "size", "excess", unit, before=alone_before).filter(unit.is_not_null())
    ranks, gone = [], 0
    for rank, frees, excess, before in together.select("rank", "size", "excess", "before").iter_rows():
        if before + gone >= bytes_to_free:
            break
        if before + gone + excess >= bytes_to_free:
            ranks.append(rank)
        else:
            gone += frees
    return ranks


def _expanded(going: "pl.DataFrame", group: "pl.DataFrame", members: "pl.DataFrame") -> "pl.DataFrame":
    """The items of the units that go, in the order of their leaders, with the score that brought them."""
    import polars as pl

    led = going.select("unit", led_by="id", place="rank")
    alone = group.join(led.filter(pl.col("unit").is_null()), left_on="id", right_on="led_by", how="inner")
    together = members.join(led, on="unit", how="inner").with_columns(
        pl.col("score").filter(pl.col("id") == pl.col("led_by")).first().over("led_by")
    )
    alone = alone.with_columns(led_by="id").select(together.columns)
    return pl.concat([alone, together]).sort("place", "rank").drop("place")


def _kept(units: "pl.DataFrame", why: KeptBack) -> "pl.DataFrame":
    import polars as pl

    return units.select("unit", "collection_group", why=pl.lit(why.value), bytes_here="size")
