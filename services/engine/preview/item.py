"""One item of the preview as JSON (api.md 2.11): the seed's members, and beside them all a person may want to know."""

from typing import TYPE_CHECKING

from services.engine.json_text import array, constant, members, moment, number, text, truth
from services.engine.scoring.details import Explainer
from services.engine.selection.eligibility import WHERE_NOBODY_ASKS, Why

if TYPE_CHECKING:
    import polars as pl

_SCORE_DIGITS = 4

HOLDS: dict[Why, tuple[str, bool]] = {
    Why.SNOOZED: ("snoozed by a person", True),
    Why.ACTIVE_JOB: ("a deletion is already queued or under way", True),
    Why.GONE: ("it has been deleted, and its source was not read again since", True),
    Why.YOUNG_FILE: ("a file is younger than the minimum age", True),
    Why.SHOW_HELD: ("its show is protected, snoozed or already being deleted", True),
    Why.SEASON_HELD: ("one of its seasons is protected, snoozed, too young or held", True),
    Why.SEASONS_LISTED: ("its seasons are candidates themselves", False),
    Why.NOTHING_TO_FREE: ("it has no files", False),
    Why.COLLECTION_HELD: ("an item of its collection is protected, snoozed, too young or held", True),
    Why.COLLECTION_TOO_LARGE: ("its collection is too large to be deleted as a whole", False),
    Why.COLLECTION_SHARED: (
        "other items of its collection belong to another one too, which would be torn apart",
        False,
    ),
    Why.AGE_UNKNOWN: ("the age of its files is not known", True),
    Why.EVIDENCE_MISSING: ("too little of its score rests on fresh facts", True),
    Why.PROTECTION_UNKNOWN: ("a rule that might keep it cannot be judged now", True),
    Why.RETURNED: ("it was deleted and has come back", True),
    Why.COLLECTION_UNSURE: ("too little is known about an item of its collection", True),
}
"""Sentence, and whether time may heal it."""


def item_text(explainer: Explainer, is_unasked: "pl.Expr") -> "pl.Expr":
    """The JSON text of each item. `is_unasked`: its disk group is cleaned without asking anybody."""
    import polars as pl

    wire_score = (pl.min_horizontal("score", pl.lit(1.0)) * 100).round(_SCORE_DIGITS)
    return members(
        {
            "title": text(pl.col("title")),
            "sizeBytes": number(pl.col("size_bytes")),
            "score": number(wire_score),
            "factors": explainer.points(),
            "protected": truth(pl.col("protected")),
            "integration": text(pl.col("integration_name")),
            "type": text(pl.col("media_type")),
            "year": number(_unless_zero("year")),
            "integrationId": number(pl.col("integration_id")),
            "externalId": text(pl.col("external_id")),
            "posterUrl": text(_unless_blank("poster_url")),
            "item": media_item(),
            "isProtected": truth(pl.col("protected")),
            "reason": text(explainer.reason()),
            "scoreFactors": explainer.details(),
            "holds": _holds(is_unasked),
            "queueStatus": text(pl.col("queue_status")),
            "approvalQueueId": number(pl.col("approval_id")),
        }
    )


def _holds(is_unasked: "pl.Expr") -> "pl.Expr":
    """Why the item stays, if it would otherwise go. Missing evidence holds only where nobody is asked."""
    import polars as pl

    stands = {why: pl.col(why) & is_unasked if why in WHERE_NOBODY_ASKS else pl.col(why) for why in HOLDS}
    entries = [
        pl.when(stands[why]).then(pl.lit(constant({"code": why.value, "message": message, "temporary": temporary})))
        for why, (message, temporary) in HOLDS.items()
    ]
    return pl.when(pl.any_horizontal(list(stands.values()))).then(array(entries))


def media_item() -> "pl.Expr":
    """The item as the catalogue has it; what is unknown is left out."""
    import polars as pl

    return members(
        {
            "externalId": text(pl.col("external_id")),
            "integrationId": number(pl.col("integration_id")),
            "type": text(pl.col("media_type")),
            "title": text(pl.col("title")),
            "year": number(_unless_zero("year")),
            "sizeBytes": number(pl.col("size_bytes")),
            "path": text(pl.col("path")),
            "posterUrl": text(_unless_blank("poster_url")),
            "seasonNumber": number(pl.col("season_number")),
            "episodeCount": number(pl.col("episode_count")),
            "showTitle": text(pl.col("show_title")),
            "seriesStatus": text(pl.col("series_status")),
            "qualityProfile": text(pl.col("quality_profile")),
            "rating": number(pl.col("rating")),
            "genre": text(_unless_blank("genre")),
            "monitored": truth(pl.col("monitored")),
            "playCount": number(pl.col("play_count")),
            "lastPlayed": moment(pl.col("last_played")),
            "addedAt": moment(pl.col("added_at")),
            "tags": text(_unless_empty("tags")),
            "isRequested": truth(pl.col("requested")),
            "requestedBy": text(pl.col("requested_by")),
            "requestCount": number(pl.col("request_count")),
            "tmdbId": number(_unless_zero("tmdb_id")),
            "language": text(pl.col("language")),
            "collections": text(_unless_empty("collections")),
            "labels": text(_unless_empty("labels")),
            "watchedByUsers": text(_unless_empty("watched_by_users")),
            "watchedByRequestor": truth(pl.col("watched_by_requestor").fill_null(value=False)),
            "onWatchlist": truth(pl.col("on_watchlist").fill_null(value=False)),
        }
    )


def _unless_zero(column: str) -> "pl.Expr":
    import polars as pl

    return pl.when(pl.col(column) != 0).then(pl.col(column))


def _unless_blank(column: str) -> "pl.Expr":
    import polars as pl

    return pl.when(pl.col(column) != "").then(pl.col(column))


def _unless_empty(column: str) -> "pl.Expr":
    import polars as pl

    return pl.when(pl.col(column).list.len() > 0).then(pl.col(column))
