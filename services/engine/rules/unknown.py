"""Rules that cannot be judged: they are broken, or speak of a fact that nobody has told lately (S-06, S-25)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from libs.common.domain.enums import Capability
from services.engine.rules.compile import CompiledRule

if TYPE_CHECKING:
    import polars as pl

ToldAt = Mapping[Capability, datetime | None]
"""Since when a capability is known, by its oldest complete reading. None: a source never did. No entry: none can."""


@dataclass(frozen=True, slots=True)
class _Told:
    """Who tells a field, and the column that is null while nobody has told it of an item."""

    by: frozenset[Capability]
    column: str | None = None
    by_the_arr_as_well: bool = False


_PLAYS = _Told(frozenset({Capability.PLAYS}), "play_count")
_REQUESTS = _Told(frozenset({Capability.REQUESTS}), "requested")
_COLLECTIONS = _Told(frozenset({Capability.COLLECTIONS}), by_the_arr_as_well=True)
_LABELS = _Told(frozenset({Capability.LABELS}))

_TOLD = {
    "playcount": _PLAYS,
    "lastplayed": _PLAYS,
    "requested": _REQUESTS,
    "requestcount": _REQUESTS,
    "requestedby": _REQUESTS,
    "watchedbyreq": _Told(frozenset({Capability.REQUESTS, Capability.PLAYS}), "watched_by_requestor"),
    "watchlist": _Told(frozenset({Capability.WISHES}), "on_watchlist"),
    "collection": _COLLECTIONS,
    "incollection": _COLLECTIONS,
    "label": _LABELS,
    "haslabel": _LABELS,
}
"""Fields by what the *arr do not tell. All others are as old as the snapshot, which the group's gate looks at."""


def speaks_of_unknown(rules: Iterable[CompiledRule], told_at: ToldAt, oldest: datetime) -> "pl.Expr":
    """Whether some rule would keep the item, or would not push it out, if only its fact were known.

    A fact told before `oldest` still counts for score and order, but is not known any more.
    """
    import polars as pl

    doubts = [doubt for rule in rules if (doubt := _doubt(rule, told_at, oldest)) is not None]
    return pl.any_horizontal(doubts) if doubts else pl.lit(value=False)


def _doubt(rule: CompiledRule, told_at: ToldAt, oldest: datetime) -> "pl.Expr | None":
    import polars as pl

    in_scope = pl.col("integration_id") == rule.stored.integration_id
    if rule.shown is None:
        return in_scope & ~rule.matches
    told = _TOLD.get(rule.stored.field.lower())
    if told is None:
        return None
    if all(_is_fresh(told, capability, told_at, oldest) for capability in told.by):
        if told.column is None:
            return None
        is_unknown = pl.col(told.column).is_null()
    else:
        is_unknown = pl.lit(value=True)
    return in_scope & is_unknown & (~rule.matches if rule.keeps else rule.matches)


def _is_fresh(told: _Told, capability: Capability, told_at: ToldAt, oldest: datetime) -> bool:
    if capability not in told_at:
        return told.by_the_arr_as_well
    at = told_at[capability]
    return at is not None and at >= oldest
