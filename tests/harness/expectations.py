"""What must have happened, worked out from what the product itself showed, and what the upstreams really received."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from libs.simulator.ledger import Entry

Target = tuple[str, str]
"""Instance key and external id."""


def candidates_of(preview: Sequence[dict[str, Any]], bytes_to_free: int) -> list[dict[str, Any]]:
    """The first eligible items of a preview whose sizes reach the budget; the one that crosses it is included."""
    chosen: list[dict[str, Any]] = []
    for item in preview:
        if sum(taken["sizeBytes"] for taken in chosen) >= bytes_to_free:
            break
        if not item["protected"] and item["score"] > 0 and not item.get("holds"):
            chosen.append(item)
    return chosen


def deleted_targets(ledger: Iterable[Entry]) -> list[Target]:
    """What was really removed, in order: one entry for each movie, series, season, artist or book."""
    return [
        target
        for entry in ledger
        for effect in entry.effects
        if (target := _target(entry.instance, effect.kind, effect.id, effect.season)) is not None
    ]


def delete_calls(ledger: Iterable[Entry]) -> list[Entry]:
    """Every delete that reached an upstream, whether it had an effect or not."""
    return [entry for entry in ledger if entry.method == "DELETE"]


def twice(targets: Iterable[Target]) -> list[Target]:
    """Targets that were removed more than once."""
    return [target for target, count in Counter(targets).items() if count > 1]


def _target(instance: str, kind: str, native_id: int | None, season: int | None) -> Target | None:
    if kind in {"movie_deleted", "series_deleted", "artist_deleted", "book_deleted"}:
        return instance, str(native_id)
    if kind == "episode_files_deleted":
        return instance, f"{native_id}-s{season}"
    return None
