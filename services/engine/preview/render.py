"""The `/preview` body, rendered once for everybody: the ranked library in pieces, compressed as they come."""

import gzip
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.common.domain.enums import ExecutionMode
from libs.common.domain.scores import tidy_number, to_percent
from services.engine.evaluation import Evaluation
from services.engine.scoring.details import Explainer
from services.engine.selection.candidates import ACTS_ALONE
from services.engine.selection.eligibility import FOR_WANT_OF_EVIDENCE, Target, Why

PIECE = 1000
"""Items rendered at a time: bounds what exists as objects at once."""

_GZIP_LEVEL = 5
_ZSTD_LEVEL = 3

_HOLDS: dict[Why, tuple[str, bool]] = {
    Why.SNOOZED: ("snoozed by a person", True),
    Why.ACTIVE_JOB: ("a deletion is already queued or under way", True),
    Why.YOUNG_FILE: ("a file is younger than the minimum age", True),
    Why.SHOW_HELD: ("its show is protected, snoozed or already being deleted", True),
    Why.SEASON_HELD: ("one of its seasons is protected, snoozed, too young or held", True),
    Why.SEASONS_LISTED: ("its seasons are candidates themselves", False),
    Why.NOTHING_TO_FREE: ("it has no files", False),
    Why.AGE_UNKNOWN: ("the age of its files is not known", True),
    Why.EVIDENCE_MISSING: ("too little of its score rests on fresh facts", True),
}
"""Sentence, and whether time may heal it."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where an item stands in the queues."""

    status: str
    approval_id: int | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the body shows besides the scores."""

    places: Mapping[Target, QueuePlace]
    modes: Mapping[int, ExecutionMode]


@dataclass(frozen=True, slots=True)
class Body:
    """One encoding of the whole list."""

    encoding: str
    etag: str
    data: bytes


def render_bodies(evaluation: Evaluation, around: Surroundings) -> list[Body]:
    """The list as identity, gzip and zstd. Blocks: call it from a thread."""
    import zstandard

    plain, zipped = io.BytesIO(), io.BytesIO()
    digest = hashlib.sha256()
    with gzip.GzipFile(fileobj=zipped, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0) as packer:
        for piece in _pieces(evaluation, around):
            plain.write(piece)
            packer.write(piece)
            digest.update(piece)
    data = plain.getvalue()
    etag = digest.hexdigest()[:32]
    return [
        Body("identity", f'"{etag}"', data),
        Body("gzip", f'"{etag}-gzip"', zipped.getvalue()),
        Body("zstd", f'"{etag}-zstd"', zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data)),
    ]


def _pieces(evaluation: Evaluation, around: Surroundings) -> Iterator[bytes]:
    import msgspec

    encoder = msgspec.json.Encoder()
    explainer = Explainer(evaluation.facts.weights, evaluation.applicability, evaluation.rules)
    yield b"["
    first = True
    for piece in evaluation.ranked.iter_slices(PIECE):
        rows = [entry(row, explainer, around) for row in piece.iter_rows(named=True)]
        yield (b"" if first else b",") + encoder.encode(rows)[1:-1]
        first = False
    yield b"]"


def entry(row: Mapping[str, Any], explainer: Explainer, around: Surroundings) -> dict[str, Any]:
    """One item: the seed's members, and beside them everything a person may want to know (api.md 2.11)."""
    shown = {
        "title": row["title"],
        "sizeBytes": row["size_bytes"],
        "score": to_percent(row["score"]),
        "factors": explainer.points(row),
        "protected": row["protected"],
        "integration": row["integration_name"],
        "type": row["media_type"],
        "year": row["year"] or None,
        "integrationId": row["integration_id"],
        "externalId": row["external_id"],
        "posterUrl": row["poster_url"] or None,
        "item": media_item(row),
        "isProtected": row["protected"],
        "reason": explainer.reason(row),
        "scoreFactors": explainer.details(row),
        "holds": holds(row, around.modes.get(row["disk_group_id"])) or None,
    }
    place = around.places.get((row["integration_id"], row["external_id"]))
    if place is not None:
        shown |= {"queueStatus": place.status, "approvalQueueId": place.approval_id}
    return {name: value for name, value in shown.items() if value is not None}


def holds(row: Mapping[str, Any], mode: ExecutionMode | None) -> list[dict[str, Any]]:
    """Why the item stays, if it would otherwise go. Missing evidence holds only where nobody is asked."""
    relevant = [why for why in _HOLDS if why not in FOR_WANT_OF_EVIDENCE or mode in ACTS_ALONE]
    return [{"code": why.value, "message": _HOLDS[why][0], "temporary": _HOLDS[why][1]} for why in relevant if row[why]]


def media_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """The item as the catalogue has it; what is unknown is left out."""
    shown = {
        "externalId": row["external_id"],
        "integrationId": row["integration_id"],
        "type": row["media_type"],
        "title": row["title"],
        "year": row["year"] or None,
        "sizeBytes": row["size_bytes"],
        "path": row["path"],
        "posterUrl": row["poster_url"] or None,
        "seasonNumber": row["season_number"],
        "episodeCount": row["episode_count"],
        "showTitle": row["show_title"],
        "seriesStatus": row["series_status"],
        "qualityProfile": row["quality_profile"],
        "rating": None if row["rating"] is None else tidy_number(row["rating"]),
        "genre": row["genre"] or None,
        "monitored": row["monitored"],
        "playCount": row["play_count"],
        "lastPlayed": _moment(row["last_played"]),
        "addedAt": _moment(row["added_at"]),
        "tags": row["tags"] or None,
        "isRequested": row["requested"],
        "requestedBy": row["requested_by"],
        "requestCount": row["request_count"],
        "tmdbId": row["tmdb_id"] or None,
        "language": row["language"],
        "collections": row["collections"] or None,
        "labels": row["labels"] or None,
        "watchedByUsers": row["watched_by_users"] or None,
        "watchedByRequestor": bool(row["watched_by_requestor"]),
        "onWatchlist": bool(row["on_watchlist"]),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _moment(value: datetime | None) -> str | None:
    """RFC 3339 in whole seconds."""
    return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%SZ")
