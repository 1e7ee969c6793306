"""From the stored facts of one item to the evidence that stands beside its deletion: bounded, as JSON values. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from pydantic.alias_generators import to_camel

from libs.common.domain.enums import MEDIA_SERVER_TYPES, Capability, IntegrationType
from libs.common.domain.numbers import tidy_number
from libs.common.domain.tellers import TELLERS

OF_SOURCE = ("size_bytes", "rating", "added_at", "file_added_at", "series_status", "monitored")
"""Facts of the source that has the item, all as old as its last complete read."""

OF_PLAYS = ("play_count", "last_played", "watch_evidence_at")
OF_REQUESTS = ("requested", "requested_by", "request_count", "watched_by_requestor", "request_evidence_at")
OF_MARKS = ("on_watchlist", "labels", "collections")

MOST_RULES = 50
MOST_TEXT = 300
"""Characters of one value; evidence is kept for years, and a title may carry any number of labels."""

_MARKS = {
    "on_watchlist": Capability.WISHES,
    "labels": Capability.LABELS,
    "collections": Capability.COLLECTIONS,
}
_GROUP = ("threshold_pct", "target_pct", "sunset_pct", "used_bytes", "total_bytes", "read_at")
_WIRE = {name: to_camel(name) for name in (*OF_SOURCE, *OF_PLAYS, *OF_REQUESTS, *OF_MARKS, *_GROUP)} | {
    "file_added_at": "newestFileAt"
}


@dataclass(frozen=True, slots=True)
class Teller:
    """A source that enriches, and since when each of its capabilities is completely known."""

    id: int
    name: str
    type: IntegrationType
    told_at: dict[Capability, datetime | None]


@dataclass(frozen=True)
class Ground:
    """What all decisions of one moment share. Facts older than `max_age` are stale."""

    now: datetime
    max_age: timedelta
    tellers: Sequence[Teller]

    @cached_property
    def names(self) -> dict[int, str]:
        """The tellers by id."""
        return {teller.id: teller.name for teller in self.tellers}

    @cached_property
    def of_requests(self) -> str:
        """Who tells of requests; empty for nobody."""
        return self._who_tell(Capability.REQUESTS)

    @cached_property
    def marks(self) -> dict[str, tuple[str, datetime | None]]:
        """By column: who tells of this mark, and since when; never, while one media server was not read."""
        servers = [teller for teller in self.tellers if teller.type in MEDIA_SERVER_TYPES]
        told = {name: [one.told_at.get(capability) for one in servers] for name, capability in _MARKS.items()}
        return {name: (self._who_tell(_MARKS[name]), _oldest(times)) for name, times in told.items() if servers}

    def _who_tell(self, capability: Capability) -> str:
        return ", ".join(teller.name for teller in self.tellers if teller.type in TELLERS[capability])


def _oldest(times: Sequence[datetime | None]) -> datetime | None:
    known = [time for time in times if time is not None]
    return min(known) if len(known) == len(times) else None


def decided_on(scored: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an item's columns that a later read may change: what the decider saw of it."""
    return {name: scored[name] for name in ("seen_at", *OF_SOURCE, *OF_PLAYS, *OF_REQUESTS, *OF_MARKS)}


def evidence_of(row: Mapping[str, Any], score_details: str, ground: Ground) -> dict[str, Any]:
    """`row` holds the item's facts (`seen_at` None: the catalogue does not have it), its integration and its group."""
    return {
        "decidedAt": _plain(ground.now),
        "integration": {"id": row["integration_id"], "name": row["integration_name"], "type": row["integration_type"]},
        "diskGroup": _group(row),
        "facts": [] if row["seen_at"] is None else list(_facts(row, ground)),
        "rules": _rules(score_details),
    }


def _group(row: Mapping[str, Any]) -> dict[str, Any] | None:
    if row["disk_group_id"] is None:
        return None
    numbers = {_WIRE[name]: _plain(row[name]) for name in _GROUP}
    return {"id": row["disk_group_id"], "mountPath": row["mount_path"], "mode": row["mode"], **numbers}


def _facts(row: Mapping[str, Any], ground: Ground) -> Iterable[dict[str, Any]]:
    for name in OF_SOURCE:
        yield _fact(name, row[name], row["integration_name"], row["seen_at"], ground)
    yield from _plays(row, ground)
    yield from _requests(row, ground)
    yield from _marks(row, ground)


def _plays(row: Mapping[str, Any], ground: Ground) -> Iterable[dict[str, Any]]:
    """`watch_evidence` names the media servers that were asked about the item, and what their word is worth."""
    asked = {int(place): state for place, state in (row["watch_evidence"] or {}).items()}
    told = {ground.names.get(place, f"integration {place}"): state for place, state in sorted(asked.items())}
    if not told and row["play_count"] is None:
        return
    source, at = ", ".join(told), row["watch_evidence_at"]
    yield _fact("play_count", row["play_count"], source, at, ground) | {"told": told}
    never = "never" if row["play_count"] == 0 else None
    yield _fact("last_played", row["last_played"] or never, source, at, ground)


def _requests(row: Mapping[str, Any], ground: Ground) -> Iterable[dict[str, Any]]:
    if not ground.of_requests:
        return
    wanted = ("requested", "requested_by", "request_count", "watched_by_requestor")
    for name in wanted if row["requested"] else wanted[:1]:
        yield _fact(name, row[name], ground.of_requests, row["request_evidence_at"], ground)


def _marks(row: Mapping[str, Any], ground: Ground) -> Iterable[dict[str, Any]]:
    for name, (source, at) in ground.marks.items():
        value = row[name] if name == "on_watchlist" else ", ".join(row[name] or [])
        yield _fact(name, value, source, at, ground)


def _fact(name: str, value: object, source: str, at: datetime | None, ground: Ground) -> dict[str, Any]:
    return {
        "fact": _WIRE[name],
        "value": _plain(value),
        "source": source[:MOST_TEXT],
        "at": _plain(at),
        "state": _state(value, at, ground),
    }


def _state(value: object, at: datetime | None, ground: Ground) -> str:
    if value is None or at is None:
        return "unknown"
    return "fresh" if ground.now - at <= ground.max_age else "stale"


def _rules(score_details: str) -> list[dict[str, Any]]:
    """The rules that a score's own details name. Details may come from a client: what is none is passed over."""
    if '"ruleId"' not in score_details:
        return []
    try:
        entries = json.loads(score_details)
    except (ValueError, RecursionError):
        return []
    listed = entries if isinstance(entries, list) else []
    named = [entry for entry in listed if isinstance(entry, dict) and type(entry.get("ruleId")) is int]
    return [
        {"id": entry["ruleId"], "text": _text(entry.get("name")), "had": _text(entry.get("matchedValue"))}
        for entry in named[:MOST_RULES]
    ]


def _text(told: object) -> str:
    """What Postgres can hold of it: JSON may spell NUL characters and halves of others."""
    return str("" if told is None else told)[:MOST_TEXT].replace("\x00", "").encode(errors="replace").decode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, float):
        return tidy_number(value)
    return value[:MOST_TEXT] if isinstance(value, str) else value
