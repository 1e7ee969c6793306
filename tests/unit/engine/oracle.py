"""A plain per-item interpreter of the scoring, written from the specification and nothing else: the engine's judge."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from libs.common.domain.enums import FactorKey, IntegrationType, RuleEffect, Tiebreaker
from services.engine.rules.compile import StoredRule

WATCH = {"plex", "tautulli", "jellyfin", "jellystat", "emby", "tracearr"}
EFFECTS = {
    RuleEffect.PREFER_KEEP: 0.2,
    RuleEffect.LEAN_KEEP: 0.5,
    RuleEffect.LEAN_REMOVE: 1.5,
    RuleEffect.PREFER_REMOVE: 3.0,
    RuleEffect.ALWAYS_REMOVE: 100.0,
}


def days(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds() / 86_400)


def raw(item: Mapping[str, Any], now: datetime) -> dict[FactorKey, float | None]:
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


def applies(key: FactorKey, item: Mapping[str, Any], enabled: set[IntegrationType]) -> bool:
    kind = item["media_type"]
    if key in {FactorKey.WATCH_HISTORY, FactorKey.LAST_WATCHED}:
        return bool(enabled & WATCH) and (kind not in {"artist", "book"} or item["watch_matched"])
    if key is FactorKey.SERIES_STATUS:
        return kind in {"show", "season"}
    if key is FactorKey.REQUEST_POPULARITY:
        return IntegrationType.SEERR in enabled
    return True


def base(
    item: Mapping[str, Any], weights: Mapping[FactorKey, int], enabled: set[IntegrationType], now: datetime
) -> float:
    total = points = 0.0
    for key, value in raw(item, now).items():
        if value is not None and applies(key, item, enabled):
            total += weights[key]
            points += value * weights[key]
    return min(1.0, points / total) if total else 0.0


def compare(found: Any, operator: str, wanted: Any) -> bool:
    match operator:
        case "equals":
            return bool(found == wanted)
        case "contains":
            return wanted in found
        case "gt":
            return bool(found > wanted)
        case "gte":
            return bool(found >= wanted)
        case "lt":
            return bool(found < wanted)
        case "lte":
            return bool(found <= wanted)
    raise AssertionError(operator)


def matches(item: Mapping[str, Any], rule: StoredRule, now: datetime) -> bool:
    """The rule on one item; the fields that the property tests use."""
    if item["integration_id"] != rule.integration_id:
        return False
    if rule.field in {"timeinlibrary", "lastplayed"}:
        return matches_date(item, rule, now)
    negative = rule.operator.startswith("not_")
    return holds(item, rule.field, rule.operator.removeprefix("not_"), rule.value) is not negative


def holds(item: Mapping[str, Any], field: str, operator: str, value: str) -> bool:
    match field:
        case "title":
            return compare(item["title"].lower(), operator, value.lower())
        case "tag":
            return any(compare(tag.lower(), operator, value.lower()) for tag in item["tags"])
        case "monitored":
            return bool(item["monitored"] == (value == "true"))
    number = {"playcount": item["play_count"] or 0, "sizeBytes": item["size_bytes"]}[field]
    return compare(number, operator, float(value))


def matches_date(item: Mapping[str, Any], rule: StoredRule, now: datetime) -> bool:
    date = item["added_at" if rule.field == "timeinlibrary" else "last_played"]
    if rule.operator == "never" or date is None:
        return date is None and rule.field == "lastplayed" and rule.operator in {"never", "over_ago"}
    age = days(date, now)
    return age <= float(rule.value) if rule.operator == "in_last" else age > float(rule.value)


def score(
    item: Mapping[str, Any],
    weights: Mapping[FactorKey, int],
    enabled: set[IntegrationType],
    rules: Iterable[StoredRule],
    now: datetime,
) -> tuple[float, bool]:
    """The final score, and whether the item is protected."""
    modifier = 1.0
    for rule in rules:
        if matches(item, rule, now):
            if rule.effect is RuleEffect.ALWAYS_KEEP:
                return 0.0, True
            modifier *= EFFECTS[rule.effect]
    return base(item, weights, enabled, now) * modifier, False


def order(scored: list[tuple[Mapping[str, Any], float]], tiebreaker: Tiebreaker) -> list[int]:
    """Ids, best candidate first."""

    def key(entry: tuple[Mapping[str, Any], float]) -> tuple[Any, ...]:
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
    return round(value * 10_000)
