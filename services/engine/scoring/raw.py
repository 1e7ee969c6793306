"""The raw values of the seven factors as column expressions: 0 keeps, 1 lets go, null is unknown (domain.md 2.1)."""

from datetime import datetime
from typing import TYPE_CHECKING

from libs.common.domain.enums import FactorKey

if TYPE_CHECKING:
    import polars as pl

YEAR_DAYS = 365.0
FULL_SIZE_BYTES = 50 * 1024**3
NEUTRAL = 0.5


def raw_values(now: datetime) -> dict[FactorKey, "pl.Expr"]:
    """One expression a factor, over the catalogue's columns. Which of them take part is decided elsewhere."""
    return {
        FactorKey.WATCH_HISTORY: _watch_history(),
        FactorKey.LAST_WATCHED: _last_watched(now),
        FactorKey.FILE_SIZE: _file_size(),
        FactorKey.RATING: _rating(),
        FactorKey.TIME_IN_LIBRARY: _time_in_library(now),
        FactorKey.SERIES_STATUS: _series_status(),
        FactorKey.REQUEST_POPULARITY: _request_popularity(),
    }


def days_since(column: str, now: datetime) -> "pl.Expr":
    """Real elapsed days, fractional; null for no date. Dates in the future are days of 0 (a clock that is off)."""
    import polars as pl

    elapsed = (pl.lit(now).cast(pl.Datetime("us", "UTC")) - pl.col(column)).dt.total_microseconds()
    return (elapsed / 86_400_000_000.0).clip(lower_bound=0.0)


def _watch_history() -> "pl.Expr":
    import polars as pl

    plays = pl.col("play_count")
    return pl.when(plays.is_null()).then(None).when(plays <= 0).then(1.0).otherwise(NEUTRAL / plays)


def _last_watched(now: datetime) -> "pl.Expr":
    import polars as pl

    share = (days_since("last_played", now) / YEAR_DAYS).clip(0.0, 1.0)
    never = pl.col("play_count") == 0
    return pl.when(pl.col("last_played").is_not_null()).then(share).when(never).then(1.0).otherwise(None)


def _file_size() -> "pl.Expr":
    import polars as pl

    return (pl.col("size_bytes") / FULL_SIZE_BYTES).clip(0.0, 1.0)


def _rating() -> "pl.Expr":
    import polars as pl

    rating = pl.col("rating")
    of_ten = (rating > 0) & (rating <= 10)
    of_hundred = (rating > 10) & (rating <= 100)
    return pl.when(of_ten).then(1 - rating / 10).when(of_hundred).then(1 - rating / 100).otherwise(NEUTRAL)


def _time_in_library(now: datetime) -> "pl.Expr":
    return (days_since("added_at", now) / YEAR_DAYS).clip(0.0, 1.0).fill_null(NEUTRAL)


def _series_status() -> "pl.Expr":
    import polars as pl

    status = pl.col("series_status").str.to_lowercase()
    return pl.when(status == "ended").then(1.0).when(status == "continuing").then(0.2).otherwise(NEUTRAL)


def _request_popularity() -> "pl.Expr":
    import polars as pl

    requested, watched = (
        pl.col("requested").fill_null(value=False),
        pl.col("watched_by_requestor").fill_null(value=False),
    )
    return pl.when(requested & watched).then(0.3).when(requested).then(0.1).otherwise(NEUTRAL)
