"""A plain per-item interpreter of the scoring, written from the specification and nothing else: the engine's judge."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from libs.common.domain.enums import FactorKey, IntegrationType, RuleEffect, Tiebreaker
from services.engine.rules.compile import StoredRule
from tests.unit.engine.oracle_rules import days, is_readable, matches

Item = Mapping[str, Any]

WATCH = {"plex", "tautulli", "jellyfin", "jellystat", "emby", "tracearr"}
EFFECTS = {
    RuleEffect.PREFER_KEEP: 0.2,
    RuleEffect.LEAN_KEEP: 0.5,
    RuleEffect.LEAN_REMOVE: 1.5,
    RuleEffect.PREFER_REMOVE: 3.0,
    RuleEffect.ALWAYS_REMOVE: 100.0,
}


def raw(item: Item, now: datetime) -> dict[FactorKey, float | None]:
    """Every factor's raw value, applicable or not; None is unknown."""
    plays, rating = item["play_count"], item["rating"] or 0
    last, status = item["last_played"], (item["series_status"] or "").lower()
    values: dict[FactorKey, float | None] = {
        FactorKey.WATCH_HISTORY: None if plays is None else 1.0 if plays <= 0 else 0.5 / plays,
        FactorKey.LAST_WATCHED: min(1.0, days(last, now) / 365) if last else 1.0 if plays == 0 else None,
        FactorKey.FILE_SIZE: min(1.0, item["size_bytes"] / 1024**3 / 50),
        FactorKey.RATING: 1 - rating / 10 if 0 < rating <= 10 else 1 - rating / 100 if 10 < rating <= 100 else 0.5,
        FactorKey.TIME_IN_LIBRARY: 0.5 if item["added_at"] is None else min(1.0, days(item["added_at"], now) / 365),
        FactorKey.SERIES_STATUS: {"ended": 1.0, "continuing": 0.2}.get(status, 0.5),
        FactorKey.REQUEST_POPULARITY: 0.5,
    }
    if item["requested"]:
        values[FactorKey.REQUEST_POPULARITY] = 0.3 if item["watched_by_requestor"] else 0.1
    return values


def applies(key: FactorKey, item: Item, enabled: Collection[IntegrationType]) -> bool:
    """Whether the factor is about this item, and anything is connected that could tell. An outage changes neither."""
    kind = item["media_type"]
    if key in {FactorKey.WATCH_HISTORY, FactorKey.LAST_WATCHED}:
        return bool(set(enabled) & WATCH) and (kind not in {"artist", "book"} or item["watch_matched"])
    if key is FactorKey.SERIES_STATUS:
        return kind in {"show", "season"}
    if key is FactorKey.REQUEST_POPULARITY:
        return IntegrationType.SEERR in enabled
    return True


def taking_part(item: Item, enabled: Collection[IntegrationType], now: datetime) -> dict[FactorKey, float]:
    """The raw values that count."""
    return {k: value for k, value in raw(item, now).items() if value is not None and applies(k, item, enabled)}


def base(item: Item, weights: Mapping[FactorKey, int], enabled: Collection[IntegrationType], now: datetime) -> float:
    counting = taking_part(item, enabled, now)
    total = sum(weights[key] for key in counting)
    points = sum(value * weights[key] for key, value in counting.items())
    return min(1.0, points / total) if total else 0.0


def matched(item: Item, rules: Iterable[StoredRule], now: datetime) -> list[StoredRule]:
    """The rules that apply, in order. One that means nothing is passed over; if it was to keep, it keeps everything."""
    found = []
    for rule in rules:
        if is_readable(rule, now):
            applies_here = matches(item, rule, now)
        else:
            applies_here = rule.effect is RuleEffect.ALWAYS_KEEP and item["integration_id"] == rule.integration_id
        if applies_here:
            found.append(rule)
    return found


def score(
    item: Item,
    weights: Mapping[FactorKey, int],
    enabled: Collection[IntegrationType],
    rules: Sequence[StoredRule],
    now: datetime,
) -> tuple[float, bool]:
    """The final score, and whether the item is protected."""
    effects = [rule.effect for rule in matched(item, rules, now)]
    if RuleEffect.ALWAYS_KEEP in effects:
        return 0.0, True
    modifier = 1.0
    for effect in effects:
        modifier *= EFFECTS[effect]
    return base(item, weights, enabled, now) * modifier, False


def order(scored: Iterable[tuple[Item, float]], tiebreaker: Tiebreaker) -> list[int]:
    """Ids, best candidate first."""

    def key(entry: tuple[Item, float]) -> tuple[Any, ...]:
        item, found = entry
        added = item["added_at"]
        tie: dict[Tiebreaker, Any] = {
            Tiebreaker.SIZE_DESC: -item["size_bytes"],
            Tiebreaker.SIZE_ASC: item["size_bytes"],
            Tiebreaker.NAME_ASC: item["title"].lower(),
            Tiebreaker.OLDEST_FIRST: (added is None, added.timestamp() if added else 0),
            Tiebreaker.NEWEST_FIRST: (added is None, -added.timestamp() if added else 0),
        }
        return (-rounded(found), tie[tiebreaker], item["integration_id"], item["external_id"])

    return [item["id"] for item, _ in sorted(scored, key=key)]


def rounded(value: float) -> int:
    """To a ten-thousandth."""
    return int((Decimal(value * 10_000)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
