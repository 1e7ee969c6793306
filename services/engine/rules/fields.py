"""The fields a rule may speak of, and the column behind each (domain.md 3.1)."""

from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    TEXT = "text"
    LIST = "list"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class RuleField:
    """`column` is the catalogue's; for DAYS the date from which they are counted."""

    kind: FieldKind
    column: str


FIELDS: dict[str, RuleField] = {
    "title": RuleField(FieldKind.TEXT, "title"),
    "quality": RuleField(FieldKind.TEXT, "quality_profile"),
    "tag": RuleField(FieldKind.LIST, "tags"),
    "genre": RuleField(FieldKind.TEXT, "genre"),
    "rating": RuleField(FieldKind.NUMBER, "rating"),
    "sizebytes": RuleField(FieldKind.NUMBER, "size_bytes"),
    "timeinlibrary": RuleField(FieldKind.DAYS, "added_at"),
    "monitored": RuleField(FieldKind.BOOLEAN, "monitored"),
    "year": RuleField(FieldKind.NUMBER, "year"),
    "language": RuleField(FieldKind.TEXT, "language"),
    "type": RuleField(FieldKind.TEXT, "media_type"),
    "seriesstatus": RuleField(FieldKind.TEXT, "series_status"),
    "seasoncount": RuleField(FieldKind.NUMBER, "season_number"),
    "episodecount": RuleField(FieldKind.NUMBER, "episode_count"),
    "playcount": RuleField(FieldKind.NUMBER, "play_count"),
    "lastplayed": RuleField(FieldKind.DAYS, "last_played"),
    "requested": RuleField(FieldKind.BOOLEAN, "requested"),
    "requestcount": RuleField(FieldKind.NUMBER, "request_count"),
    "requestedby": RuleField(FieldKind.TEXT, "requested_by"),
    "incollection": RuleField(FieldKind.BOOLEAN, "in_collection"),
    "watchlist": RuleField(FieldKind.BOOLEAN, "on_watchlist"),
    "collection": RuleField(FieldKind.LIST, "collections"),
    "haslabel": RuleField(FieldKind.BOOLEAN, "has_label"),
    "label": RuleField(FieldKind.LIST, "labels"),
    "watchedbyreq": RuleField(FieldKind.BOOLEAN, "watched_by_requestor"),
}
"""By lower-cased name: fields are matched case-insensitively."""

ALIASES = {
    "==": "equals",
    "!=": "not_equals",
    "!contains": "not_contains",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
}
"""The reference's symbols for the seed's operators."""
