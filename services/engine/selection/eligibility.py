"""Why an item may not go, for all items at once: a column a reason, none of them set is the only leave to delete."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from libs.common.domain.enums import Capability, FactorKey, MediaType
from libs.common.domain.factors import FACTORS
from services.engine.rules.unknown import speaks_of_unknown
from services.engine.scoring.applicability import applies
from services.engine.scoring.score import RAW, Scoring

if TYPE_CHECKING:
    import polars as pl

Target = tuple[int, str]
"""Integration id and external id."""

_SEASON_SIGN = "-s"
_SEASON_MARKED = "season_marked"


class Why(StrEnum):
    """Reasons that keep an item; each is a boolean column of the same name."""

    PROTECTED = "protected"
    NO_SCORE = "no_score"
    NOTHING_TO_FREE = "nothing_to_free"
    SNOOZED = "snoozed"
    ACTIVE_JOB = "active_job"
    GONE = "gone"
    YOUNG_FILE = "young_file"
    SHOW_HELD = "show_held"
    SEASON_HELD = "season_held"
    SEASONS_LISTED = "seasons_listed"
    COLLECTION_HELD = "collection_held"
    COLLECTION_TOO_LARGE = "collection_too_large"
    COLLECTION_SHARED = "collection_shared"
    AGE_UNKNOWN = "age_unknown"
    EVIDENCE_MISSING = "evidence_missing"
    PROTECTION_UNKNOWN = "protection_unknown"
    RETURNED = "returned"
    COLLECTION_UNSURE = "collection_unsure"


ALWAYS = (
    Why.PROTECTED,
    Why.NO_SCORE,
    Why.NOTHING_TO_FREE,
    Why.SNOOZED,
    Why.ACTIVE_JOB,
    Why.GONE,
    Why.YOUNG_FILE,
    Why.SHOW_HELD,
    Why.SEASON_HELD,
    Why.SEASONS_LISTED,
    Why.COLLECTION_HELD,
    Why.COLLECTION_TOO_LARGE,
    Why.COLLECTION_SHARED,
)
"""These exclude in every mode, and the next best item takes the place."""

FOR_WANT_OF_EVIDENCE = (Why.AGE_UNKNOWN, Why.EVIDENCE_MISSING, Why.PROTECTION_UNKNOWN, Why.COLLECTION_UNSURE)
"""What a source did not tell, or too long ago."""

WHERE_NOBODY_ASKS = (*FOR_WANT_OF_EVIDENCE, Why.RETURNED)
"""These hold in auto and sunset; the item keeps its place in the byte budget: an outage pushes nothing in (S-06), and
what somebody had fetched again pushes nothing out (S-18)."""

OF_COLLECTION = (
    Why.COLLECTION_HELD,
    Why.COLLECTION_TOO_LARGE,
    Why.COLLECTION_SHARED,
    Why.COLLECTION_UNSURE,
)
"""What an item has because of those it goes together with; marked last (`collections.py`)."""

_OF_FAMILY = (Why.SHOW_HELD, Why.SEASON_HELD, Why.SEASONS_LISTED)

_EVIDENCE_AT = {
    FactorKey.WATCH_HISTORY: "watch_evidence_at",
    FactorKey.LAST_WATCHED: "watch_evidence_at",
    FactorKey.REQUEST_POPULARITY: "request_evidence_at",
}
"""Where the time of a factor's fact stands, if it does not come from the media source."""


@dataclass(frozen=True, slots=True)
class Guards:
    """What the owner's safety preferences, the queues and the readings of the sources say.

    `gone` are targets that were deleted after their source was asked for what the catalogue shows of them. `told_at` is
    `ToldAt`: without it nobody has told anything, and rules about such facts cannot be judged.
    """

    min_file_age_days: int
    evidence_max_age_hours: int
    evidence_min_weight_pct: int
    snoozed: Collection[Target] = ()
    active: Collection[Target] = ()
    gone: Collection[Target] = ()
    returned: Collection[Target] = ()
    told_at: Mapping[Capability, datetime | None] = field(default_factory=dict)

    def oldest_evidence(self, now: datetime) -> datetime:
        """What was told before is not known any more."""
        return now - timedelta(hours=self.evidence_max_age_hours)


def mark_reasons(scored: "pl.LazyFrame", guards: Guards, scoring: Scoring) -> "pl.LazyFrame":
    """Add every reason but those of collections. What holds a season holds its show, and vice versa (S-15, S-33)."""
    own = _with_queues(scored, guards).with_columns(**_own_reasons(guards, scoring))
    return _with_family(own)


def _with_queues(scored: "pl.LazyFrame", guards: Guards) -> "pl.LazyFrame":
    marks = {
        Why.SNOOZED: guards.snoozed,
        Why.ACTIVE_JOB: guards.active,
        _SEASON_MARKED: _shows_of_seasons({*guards.snoozed, *guards.active}),
    }
    # the seasons of a show went and came back with it
    with_seasons = {Why.GONE: guards.gone, Why.RETURNED: guards.returned}
    queued = (is_among(targets).alias(column) for column, targets in marks.items())
    shared = (
        (is_among(targets) | is_among(targets, "parent_external_id").fill_null(value=False)).alias(column)
        for column, targets in with_seasons.items()
    )
    return scored.with_columns(*queued, *shared)


def _shows_of_seasons(targets: Collection[Target]) -> set[Target]:
    """A snooze or a job of a season is about its show too, also where season rows are not listed."""
    return {(place, name.partition(_SEASON_SIGN)[0]) for place, name in targets if _SEASON_SIGN in name}


def is_among(targets: Collection[Target], name: str = "external_id") -> "pl.Expr":
    """Whether an item is one of these, by its own id or by the one that stands in another column."""
    import polars as pl

    schema = {"integration_id": pl.Int64, "external_id": pl.String}
    wanted = pl.DataFrame(sorted(set(targets)), schema=schema, orient="row").to_struct()
    return _target(name).is_in(wanted.implode())


def _target(name: str) -> "pl.Expr":
    """An item by its integration and the external id that stands in this column: its own, or that of its show."""
    import polars as pl

    return pl.struct("integration_id", pl.col(name).alias("external_id"))


def _own_reasons(guards: Guards, scoring: Scoring) -> dict[str, "pl.Expr"]:
    import polars as pl

    asks_for_age = pl.lit(guards.min_file_age_days > 0)
    youngest = scoring.now - timedelta(days=guards.min_file_age_days)
    file_date = pl.coalesce("file_added_at", "added_at")
    return {
        Why.NO_SCORE: ~pl.col("protected") & (pl.col("score") <= 0),
        Why.NOTHING_TO_FREE: pl.col("size_bytes") <= 0,
        Why.YOUNG_FILE: asks_for_age & (file_date > youngest).fill_null(value=False),
        Why.AGE_UNKNOWN: asks_for_age & file_date.is_null(),
        Why.EVIDENCE_MISSING: _evidence_missing(guards, scoring),
        Why.PROTECTION_UNKNOWN: speaks_of_unknown(scoring.rules, guards.told_at, guards.oldest_evidence(scoring.now)),
    }


def _evidence_missing(guards: Guards, scoring: Scoring) -> "pl.Expr":
    """True when the factors with fresh evidence carry too little of the weight that applies to the item (S-10)."""
    fresh, applicable = evidence_weights(guards, scoring)
    return fresh * 100 < applicable * guards.evidence_min_weight_pct


def evidence_weights(guards: Guards, scoring: Scoring) -> tuple["pl.Expr", "pl.Expr"]:
    """Of each item: the weight of factors that rest on fresh facts, and the weight of all that apply to it."""
    import polars as pl

    oldest = guards.oldest_evidence(scoring.now)
    applicable, fresh = [pl.lit(0.0)], [pl.lit(0.0)]
    for factor in FACTORS:
        weight = float(scoring.weights.get(factor.key, 0))
        if factor.key not in scoring.applicability.configured or weight == 0:
            continue
        in_scope = applies(factor).cast(pl.Float64) * weight
        applicable.append(in_scope)
        fresh.append(in_scope * _is_fresh(factor.key, oldest).cast(pl.Float64))
    return pl.sum_horizontal(fresh), pl.sum_horizontal(applicable)


def _is_fresh(key: FactorKey, oldest: datetime) -> "pl.Expr":
    """Facts of the media source itself are as old as its snapshot, which the group's gate looks at."""
    import polars as pl

    is_known = pl.col(RAW[key]).is_not_null()
    evidence_at = _EVIDENCE_AT.get(key)
    if evidence_at is None:
        return is_known
    return is_known & (pl.col(evidence_at) >= oldest).fill_null(value=False)


def _with_family(own: "pl.LazyFrame") -> "pl.LazyFrame":
    """Asked by membership instead of by joins: a join would copy the whole catalogue each time."""
    import polars as pl

    kind, key, parent = pl.col("media_type"), _target("external_id"), _target("parent_external_id")
    is_show, is_season = kind == MediaType.SHOW.value, kind == MediaType.SEASON.value
    blocked = pl.any_horizontal(_mere((*ALWAYS, *WHERE_NOBODY_ASKS)))
    keeps_seasons = is_show & pl.any_horizontal([Why.PROTECTED, Why.SNOOZED, Why.ACTIVE_JOB])
    has_blocked_season = key.is_in(parent.filter(is_season & blocked).implode())
    has_free_season = key.is_in(parent.filter(is_season & ~blocked).implode())
    return own.with_columns(
        (is_season & parent.is_in(key.filter(keeps_seasons).implode())).alias(Why.SHOW_HELD),
        (is_show & (has_blocked_season | pl.col(_SEASON_MARKED))).alias(Why.SEASON_HELD),
        (is_show & has_free_season).alias(Why.SEASONS_LISTED),
    ).drop(_SEASON_MARKED)


def _mere(reasons: Collection[Why]) -> list[Why]:
    """The reasons an item has by itself, before its family and its collections are asked."""
    return [reason for reason in reasons if reason not in {*_OF_FAMILY, *OF_COLLECTION}]
