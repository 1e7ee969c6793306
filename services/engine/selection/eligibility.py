"""Why an item may not go, for all items at once: a column a reason, none of them set is the only leave to delete."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from libs.common.domain.enums import FactorKey, MediaType
from libs.common.domain.factors import FACTORS
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
    YOUNG_FILE = "young_file"
    SHOW_HELD = "show_held"
    SEASON_HELD = "season_held"
    SEASONS_LISTED = "seasons_listed"
    AGE_UNKNOWN = "age_unknown"
    EVIDENCE_MISSING = "evidence_missing"


ALWAYS = (
    Why.PROTECTED,
    Why.NO_SCORE,
    Why.NOTHING_TO_FREE,
    Why.SNOOZED,
    Why.ACTIVE_JOB,
    Why.YOUNG_FILE,
    Why.SHOW_HELD,
    Why.SEASON_HELD,
    Why.SEASONS_LISTED,
)
"""These exclude in every mode, and the next best item takes the place."""

FOR_WANT_OF_EVIDENCE = (Why.AGE_UNKNOWN, Why.EVIDENCE_MISSING)
"""These hold in auto and sunset; the item keeps its place in the byte budget, so an outage pushes nothing in (S-06)."""


_EVIDENCE_AT = {
    FactorKey.WATCH_HISTORY: "watch_evidence_at",
    FactorKey.LAST_WATCHED: "watch_evidence_at",
    FactorKey.REQUEST_POPULARITY: "request_evidence_at",
}
"""Where the time of a factor's fact stands, if it does not come from the media source."""


@dataclass(frozen=True, slots=True)
class Guards:
    """What the owner's safety preferences and the queues say."""

    min_file_age_days: int
    evidence_max_age_hours: int
    evidence_min_weight_pct: int
    snoozed: Collection[Target] = ()
    active: Collection[Target] = ()


def mark_reasons(scored: "pl.LazyFrame", guards: Guards, scoring: Scoring) -> "pl.LazyFrame":
    """Add every reason as a column. What holds a season holds its show, and the other way round (S-15, S-33)."""
    own = _with_queues(scored, guards).with_columns(**_own_reasons(guards, scoring))
    return _with_family(own)


def _with_queues(scored: "pl.LazyFrame", guards: Guards) -> "pl.LazyFrame":
    marks = {
        Why.SNOOZED: guards.snoozed,
        Why.ACTIVE_JOB: guards.active,
        _SEASON_MARKED: _shows_of_seasons({*guards.snoozed, *guards.active}),
    }
    for column, targets in marks.items():
        scored = scored.join(_targets_frame(targets, column), on=["integration_id", "external_id"], how="left")
    return scored.with_columns(_known(column) for column in marks)


def _shows_of_seasons(targets: Collection[Target]) -> set[Target]:
    """A snooze or a job of a season is about its show too, also where season rows are not listed."""
    return {(place, name.partition(_SEASON_SIGN)[0]) for place, name in targets if _SEASON_SIGN in name}


def _targets_frame(targets: Collection[Target], column: str) -> "pl.LazyFrame":
    import polars as pl

    every = sorted(set(targets))
    columns = {"integration_id": [place for place, _ in every], "external_id": [name for _, name in every]}
    schema = {"integration_id": pl.Int64, "external_id": pl.String}
    return pl.LazyFrame(columns, schema=schema).with_columns(pl.lit(value=True).alias(column))


def _known(column: str) -> "pl.Expr":
    import polars as pl

    return pl.col(column).fill_null(value=False)


def _own_reasons(guards: Guards, scoring: Scoring) -> dict[str, "pl.Expr"]:
    import polars as pl

    youngest = scoring.now - timedelta(days=guards.min_file_age_days)
    file_date = pl.coalesce("file_added_at", "added_at")
    return {
        Why.NO_SCORE: ~pl.col("protected") & (pl.col("score") <= 0),
        Why.NOTHING_TO_FREE: pl.col("size_bytes") <= 0,
        Why.YOUNG_FILE: (file_date > youngest).fill_null(value=False),
        Why.AGE_UNKNOWN: file_date.is_null(),
        Why.EVIDENCE_MISSING: _evidence_missing(guards, scoring),
    }


def _evidence_missing(guards: Guards, scoring: Scoring) -> "pl.Expr":
    """True when the factors with fresh evidence carry too little of the weight that applies to the item (S-10)."""
    import polars as pl

    oldest = scoring.now - timedelta(hours=guards.evidence_max_age_hours)
    applicable, fresh = [pl.lit(0.0)], [pl.lit(0.0)]
    for factor in FACTORS:
        weight = float(scoring.weights.get(factor.key, 0))
        if factor.key not in scoring.applicability.configured or weight == 0:
            continue
        in_scope = applies(factor).cast(pl.Float64) * weight
        applicable.append(in_scope)
        fresh.append(in_scope * _is_fresh(factor.key, oldest).cast(pl.Float64))
    share = pl.sum_horizontal(fresh) * 100
    return share < pl.sum_horizontal(applicable) * guards.evidence_min_weight_pct


def _is_fresh(key: FactorKey, oldest: datetime) -> "pl.Expr":
    """Facts of the media source itself are as old as its snapshot, which the group's gate looks at."""
    import polars as pl

    is_known = pl.col(RAW[key]).is_not_null()
    evidence_at = _EVIDENCE_AT.get(key)
    if evidence_at is None:
        return is_known
    return is_known & (pl.col(evidence_at) >= oldest).fill_null(value=False)


def _with_family(own: "pl.LazyFrame") -> "pl.LazyFrame":
    import polars as pl

    seasons = own.filter(pl.col("media_type") == MediaType.SEASON.value)
    blocked = pl.any_horizontal([*_mere(ALWAYS), *FOR_WANT_OF_EVIDENCE])
    by_show = seasons.group_by("integration_id", external_id="parent_external_id").agg(
        seasons_blocked=blocked.any(), seasons_free=(~blocked).any()
    )
    shows = own.filter(pl.col("media_type") == MediaType.SHOW.value).select(
        "integration_id",
        parent_external_id="external_id",
        show_blocked=pl.any_horizontal([Why.PROTECTED, Why.SNOOZED, Why.ACTIVE_JOB]),
    )
    family = own.join(by_show, on=["integration_id", "external_id"], how="left").join(
        shows, on=["integration_id", "parent_external_id"], how="left"
    )
    is_show = pl.col("media_type") == MediaType.SHOW.value
    return family.with_columns(
        _known("show_blocked").alias(Why.SHOW_HELD),
        (is_show & (_known("seasons_blocked") | pl.col(_SEASON_MARKED))).alias(Why.SEASON_HELD),
        (is_show & _known("seasons_free")).alias(Why.SEASONS_LISTED),
    ).drop("seasons_blocked", "seasons_free", "show_blocked", _SEASON_MARKED)


def _mere(reasons: Collection[Why]) -> list[Why]:
    """The reasons an item has by itself, before its family is asked."""
    return [reason for reason in reasons if reason not in {Why.SHOW_HELD, Why.SEASON_HELD, Why.SEASONS_LISTED}]
