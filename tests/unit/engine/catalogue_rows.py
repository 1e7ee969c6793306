"""Catalogue rows as the engine loads them, for tests: defaults that are ordinary, and everything can be overridden."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)

SCHEMA: dict[str, Any] = {
    "id": pl.Int64,
    "integration_id": pl.Int64,
    "external_id": pl.String,
    "media_type": pl.String,
    "title": pl.String,
    "show_title": pl.String,
    "parent_external_id": pl.String,
    "year": pl.Int64,
    "size_bytes": pl.Int64,
    "path": pl.String,
    "poster_url": pl.String,
    "tmdb_id": pl.Int64,
    "integration_name": pl.String,
    "watched_by_users": pl.List(pl.String),
    "disk_group_id": pl.Int64,
    "season_number": pl.Int64,
    "episode_count": pl.Int64,
    "series_status": pl.String,
    "quality_profile": pl.String,
    "rating": pl.Float64,
    "genre": pl.String,
    "monitored": pl.Boolean,
    "tags": pl.List(pl.String),
    "language": pl.String,
    "added_at": pl.Datetime("us", "UTC"),
    "file_added_at": pl.Datetime("us", "UTC"),
    "play_count": pl.Int64,
    "last_played": pl.Datetime("us", "UTC"),
    "watch_matched": pl.Boolean,
    "watch_evidence_at": pl.Datetime("us", "UTC"),
    "requested": pl.Boolean,
    "requested_by": pl.String,
    "request_count": pl.Int64,
    "request_evidence_at": pl.Datetime("us", "UTC"),
    "watched_by_requestor": pl.Boolean,
    "on_watchlist": pl.Boolean,
    "collections": pl.List(pl.String),
    "labels": pl.List(pl.String),
    "in_collection": pl.Boolean,
    "has_label": pl.Boolean,
    "deletion_collections": pl.List(pl.String),
}

DEFAULTS: dict[str, Any] = {
    "integration_id": 1,
    "media_type": "movie",
    "size_bytes": 10 * 1024**3,
    "disk_group_id": 1,
    "genre": "",
    "path": "/data/x",
    "poster_url": "",
    "integration_name": "Radarr",
    "watched_by_users": [],
    "monitored": True,
    "tags": [],
    "added_at": LONG_AGO,
    "file_added_at": LONG_AGO,
    "watch_matched": True,
    "collections": [],
    "labels": [],
    "in_collection": False,
    "has_label": False,
    "deletion_collections": [],
}


def item(number: int, **values: Any) -> dict[str, Any]:
    """One row; `number` becomes its ids and, unless given, its title."""
    row = dict.fromkeys(SCHEMA) | DEFAULTS | {"id": number, "external_id": str(number), "title": f"Item {number}"}
    return row | values


def season(number: int, show: int, season_number: int, **values: Any) -> dict[str, Any]:
    """A season of the show whose number is `show`."""
    return item(
        number,
        **{
            "media_type": "season",
            "external_id": f"{show}-s{season_number}",
            "parent_external_id": str(show),
            "season_number": season_number,
            "title": f"Show {show} - Season {season_number}",
            "show_title": f"Show {show}",
        }
        | values,
    )


def show(number: int, **values: Any) -> dict[str, Any]:
    """A show."""
    return item(number, **{"media_type": "show", "title": f"Show {number}"} | values)


def frame(*rows: dict[str, Any]) -> pl.LazyFrame:
    """The catalogue made of these rows."""
    return pl.LazyFrame(list(rows), schema=SCHEMA)
