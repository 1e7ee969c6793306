"""The items of one disk group that a run picks: the shortest run of the order that reaches the byte budget."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from libs.common.domain.enums import ExecutionMode
from services.engine.selection.eligibility import ALWAYS, FOR_WANT_OF_EVIDENCE, Why

if TYPE_CHECKING:
    import polars as pl

ACTS_ALONE = frozenset({ExecutionMode.AUTO, ExecutionMode.SUNSET})
"""Modes that delete without asking, in which missing evidence holds an item."""


@dataclass(frozen=True, slots=True)
class Selection:
    """`chosen` keeps the order. `held` counts items that used up budget and stay for want of evidence."""

    evaluated: int
    protected: int
    held: int
    chosen: "pl.DataFrame"

    @property
    def bytes_chosen(self) -> int:
        """What the candidates free together."""
        return int(self.chosen["size_bytes"].sum() or 0)


def select_candidates(ranked: "pl.DataFrame", disk_group_id: int, bytes_to_free: int, mode: ExecutionMode) -> Selection:
    """Pick from `ranked` (all items, best candidate first, with their reasons as columns).

    The item that crosses the budget is included; with nothing to free nothing is chosen.
    """
    import polars as pl

    group = ranked.filter(pl.col("disk_group_id") == disk_group_id)
    held = pl.any_horizontal(FOR_WANT_OF_EVIDENCE) if mode in ACTS_ALONE else pl.lit(value=False)
    in_line = group.filter(~pl.any_horizontal(ALWAYS)).with_columns(is_held=held)
    before = pl.col("size_bytes").cum_sum() - pl.col("size_bytes")
    within = in_line.filter(before < bytes_to_free)
    return Selection(
        evaluated=group.height,
        protected=int(group[Why.PROTECTED].sum()),
        held=int(within["is_held"].sum()),
        chosen=within.filter(~pl.col("is_held")).drop("is_held"),
    )
