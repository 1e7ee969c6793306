"""Rules read item by item, from the specification and nothing else (domain.md 3.1, 3.2): the judge of the columns."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from services.engine.rules.compile import StoredRule

Item = Mapping[str, Any]

TEXTS = {
    "title": "title",
    "quality": "quality_profile",
    "genre": "genre",
    "language": "language",
    "type": "media_type",
    "seriesstatus": "series_status",
    "requestedby": "requested_by",
}
LISTS = {"tag": "tags", "collection": "collections", "label": "labels"}
NUMBERS = {
    "rating": "rating",
    "sizebytes": "size_bytes",
    "year": "year",
    "seasoncount": "season_number",
    "episodecount": "episode_count",
    "playcount": "play_count",
    "requestcount": "request_count",
}
BOOLEANS: dict[str, Callable[[Item], bool]] = {
    "monitored": lambda item: bool(item["monitored"]),
    "requested": lambda item: bool(item["requested"]),
    "incollection": lambda item: len(item["collections"]) > 0,
    "watchlist": lambda item: bool(item["on_watchlist"]),
    "haslabel": lambda item: len(item["labels"]) > 0,
    "watchedbyreq": lambda item: bool(item["watched_by_requestor"]),
}
SYMBOLS = {
    "==": "equals",
    "!=": "not_equals",
    "!contains": "not_contains",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
}
NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda found, wanted: found == wanted,
    "not_equals": lambda found, wanted: found != wanted,
    "gt": lambda found, wanted: found > wanted,
    "gte": lambda found, wanted: found >= wanted,
    "lt": lambda found, wanted: found < wanted,
    "lte": lambda found, wanted: found <= wanted,
}
TEXTUAL = {"equals", "not_equals", "contains", "not_contains", "regex"}


class UnreadableRuleError(Exception):
    """The rule means nothing: no such field, an operator that does not fit it, no number where one is needed."""


def days(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds() / 86_400)


@lru_cache
def is_readable(rule: StoredRule, now: datetime) -> bool:
    blank: dict[str, Any] = dict.fromkeys([*TEXTS.values(), *NUMBERS.values(), "added_at", "last_played"])
    flags = dict.fromkeys(["monitored", "requested", "on_watchlist", "watched_by_requestor"])
    lists: dict[str, list[str]] = {column: [] for column in LISTS.values()}
    try:
        holds({**blank, **flags, **lists}, rule, now)
    except UnreadableRuleError:
        return False
    return True


def matches(item: Item, rule: StoredRule, now: datetime) -> bool:
    """Whether the rule applies to the item. Rules are about items of their own integration only."""
    return item["integration_id"] == rule.integration_id and holds(item, rule, now)


def holds(item: Item, rule: StoredRule, now: datetime) -> bool:
    field = rule.field.strip().lower()
    operator = rule.operator.strip().lower()
    operator = SYMBOLS.get(operator, operator)
    if field in TEXTS:
        return text_holds(item[TEXTS[field]] or "", operator, rule.value)
    if field in LISTS:
        return list_holds(item[LISTS[field]], operator, rule.value)
    if field in NUMBERS:
        return number_holds(field, item[NUMBERS[field]] or 0, operator, rule.value)
    if field in BOOLEANS:
        return boolean_holds(BOOLEANS[field](item), operator, rule.value)
    if field == "timeinlibrary":
        return age_holds(item["added_at"], operator, rule.value, now)
    if field == "lastplayed":
        return play_holds(item["last_played"], operator, rule.value, now)
    raise UnreadableRuleError(field)


def text_holds(text: str, operator: str, value: str) -> bool:
    if operator not in TEXTUAL:
        raise UnreadableRuleError(operator)
    if operator == "regex":
        return re.search(value, text, re.IGNORECASE) is not None
    is_negative, positive = operator.startswith("not_"), operator.removeprefix("not_")
    found, wanted = text.lower(), value.lower()
    holds_positively = found == wanted.strip() if positive == "equals" else wanted in found
    return holds_positively is not is_negative


def list_holds(elements: list[str], operator: str, value: str) -> bool:
    """Positive: any element. Negative: every element, and so an empty list as well."""
    if operator not in TEXTUAL:
        raise UnreadableRuleError(operator)
    each = [text_holds(element, operator, value) for element in elements]
    return all(each) if operator.startswith("not_") else any(each)


def number_holds(field: str, found: float, operator: str, value: str) -> bool:
    if operator not in NUMERIC:
        raise UnreadableRuleError(operator)
    wanted = number(value)
    if field == "rating" and wanted > 10:
        wanted /= 10
    return NUMERIC[operator](found, wanted)


def boolean_holds(found: bool, operator: str, value: str) -> bool:
    if operator not in {"equals", "not_equals"}:
        raise UnreadableRuleError(operator)
    wanted = value.strip().lower() == "true"
    return (found == wanted) is (operator == "equals")


def age_holds(date: datetime | None, operator: str, value: str, now: datetime) -> bool:
    if operator not in {"gt", "gte", "lt", "lte", "in_last", "over_ago"}:
        raise UnreadableRuleError(operator)
    wanted = number(value)
    if date is None:
        return False
    if operator == "in_last":
        return days(date, now) <= wanted
    if operator == "over_ago":
        return days(date, now) > wanted
    return NUMERIC[operator](days(date, now), wanted)


def play_holds(date: datetime | None, operator: str, value: str, now: datetime) -> bool:
    if operator not in {"in_last", "over_ago", "never"}:
        raise UnreadableRuleError(operator)
    if operator == "never":
        return date is None
    wanted = number(value)
    if date is None:
        return operator == "over_ago"
    return days(date, now) <= wanted if operator == "in_last" else days(date, now) > wanted


def number(value: str) -> float:
    try:
        found = float(value)
    except ValueError:
        raise UnreadableRuleError(value) from None
    if not math.isfinite(found):
        raise UnreadableRuleError(value)
    return found
