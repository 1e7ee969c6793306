"""What is known about one item, from whom, since when, and what is doubtful about it (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from libs.common.domain.enums import WATCH_SOURCE_TYPES, Capability, IntegrationType, MediaType
from libs.common.domain.tellers import TELLERS
from libs.common.messaging.engine_questions import Evidence
from services.engine.explain.queries import ItemTelling, PlaysTold, TellingSource
from services.engine.explain.sentences import day, minute
from services.engine.rules.unknown import ToldAt

Value = str | int | float | bool | None
State = Literal["fresh", "stale", "unknown"]

WATCH_STATES = {
    "watched": "it lists plays",
    "never": "it would know of plays, and lists none",
    "absent": "it does not have this title, and has most of the others",
    "young_history": "it lists no plays, and does not reach back to the day the files came",
    "small_library": "it lists no plays, and has fewer than half of the titles of this kind",
    "partial": "it lists no plays, and cannot tell those of everybody",
    "disputed": "its title may be another one",
    "unread": "it was never read to its end",
    "unlinked": "it lists no plays, and it is not known of which media server it tells",
}
"""What sync's merge says about the word of each media server."""

_SURE_STATES = {"watched", "never", "absent"}
_MOST_USERS = 50


@dataclass(frozen=True, slots=True)
class Told:
    """Everything an item's evidence is made of. `row` are its scored columns."""

    row: Mapping[str, Any]
    telling: ItemTelling
    sources: Sequence[TellingSource]
    told_at: ToldAt
    now: datetime
    max_age: timedelta

    def state(self, value: object, at: datetime | None) -> State:
        """Unknown without a value or a time, else by its age."""
        if value is None or at is None:
            return "unknown"
        return "fresh" if self.now - at <= self.max_age else "stale"

    def with_capability(self, capability: Capability) -> list[TellingSource]:
        """The sources that were asked for it."""
        return [source for source in self.sources if source.capability is capability]

    @property
    def watch_sources(self) -> list[TellingSource]:
        """The sources of plays; one that was never read has no capability yet."""
        known = self.with_capability(Capability.PLAYS)
        ids = {source.integration_id for source in known}
        unread = {
            source.integration_id: source
            for source in self.sources
            if source.type in WATCH_SOURCE_TYPES and source.integration_id not in ids
        }
        return [*known, *unread.values()]


def evidence_of(told: Told) -> list[Evidence]:
    """Every fact that a score, a rule or a gate may rest on; the merged ones first, then each source's own word."""
    return [*_of_media_source(told), *_plays(told), *_requests(told), *_marks(told), *_each_watch_source(told)]


def doubtful_sources(told: Told) -> list[str]:
    """Names of the sources whose next complete read could make a fact known or fresh."""
    return list(dict.fromkeys(one.name for one in told.sources if told.state(0, one.complete_at) != "fresh"))


def _of_media_source(told: Told) -> Iterable[Evidence]:
    """What the item's own source says, all of it as old as that source's snapshot."""
    row = told.row
    facts: dict[str, Value] = {
        "sizeBytes": row["size_bytes"],
        "rating": row["rating"],
        "addedAt": _moment(row["added_at"]),
        "newestFileAt": _moment(row["file_added_at"]),
        "monitored": row["monitored"],
        "qualityProfile": row["quality_profile"],
    }
    if row["media_type"] in {MediaType.SHOW, MediaType.SEASON}:
        facts["seriesStatus"] = row["series_status"]
    for fact, value in facts.items():
        at = told.telling.seen_at
        yield Evidence(fact=fact, value=value, source=row["integration_name"], at=at, state=told.state(value, at))


def _plays(told: Told) -> Iterable[Evidence]:
    """What all watch sources together tell. A count without a time of evidence is shown, and known to nobody."""
    row, at = told.row, told.row["watch_evidence_at"]
    names = ", ".join(source.name for source in told.watch_sources)
    if not names:
        return
    note = "" if at is not None else _why_unknown(told)
    yield Evidence(
        fact="playCount",
        value=row["play_count"],
        source=names,
        at=at,
        state=told.state(row["play_count"], at),
        note=note,
    )
    yield Evidence(
        fact="lastPlayed",
        value=_moment(row["last_played"]) or ("never" if row["play_count"] == 0 else None),
        source=names,
        at=at,
        state=told.state(row["play_count"], at),
        note=note,
    )
    users = row["watched_by_users"] or []
    yield Evidence(
        fact="watchedByUsers",
        value=", ".join(users[:_MOST_USERS]),
        source=names,
        at=at,
        state=told.state(row["play_count"], at),
    )


def _why_unknown(told: Told) -> str:
    names = {source.integration_id: source.name for source in told.sources}
    doubts = [
        f"{names.get(place, 'a source')}: {WATCH_STATES.get(state, state)}"
        for place, state in sorted(told.telling.watch_states.items())
        if state not in _SURE_STATES
    ]
    return "; ".join(doubts) or "no watch source knows this item"


def _requests(told: Told) -> Iterable[Evidence]:
    row, at = told.row, told.row["request_evidence_at"]
    names = ", ".join({s.name: None for s in told.sources if s.type is IntegrationType.SEERR})
    if not names:
        return
    facts: dict[str, Value] = {"requested": row["requested"]}
    if row["requested"]:
        facts |= {
            "requestedBy": row["requested_by"],
            "requestCount": row["request_count"],
            "watchedByRequestor": row["watched_by_requestor"],
        }
    for fact, value in facts.items():
        yield Evidence(fact=fact, value=value, source=names, at=at, state=told.state(value, at))


def _marks(told: Told) -> Iterable[Evidence]:
    """What people marked on media servers: known since the oldest reading, and not while one of them was never read."""
    row = told.row
    marks: dict[Capability, tuple[str, Value]] = {
        Capability.WISHES: ("onWatchlist", row["on_watchlist"]),
        Capability.LABELS: ("labels", ", ".join(row["labels"] or [])),
        Capability.COLLECTIONS: ("collections", ", ".join(row["collections"] or [])),
    }
    for capability, (fact, value) in marks.items():
        if capability not in told.told_at:
            continue
        at = told.told_at[capability]
        failed = [source for source in told.with_capability(capability) if source.failed_at is not None]
        yield Evidence(
            fact=fact,
            value=value,
            source=", ".join({one.name: None for one in told.sources if one.type in TELLERS[capability]}),
            at=at,
            state=told.state(value, at),
            note="; ".join(f"{source.name}: {source.error}" for source in failed),
        )


def _each_watch_source(told: Told) -> Iterable[Evidence]:
    """What every source of plays says by itself: which one said what, and when."""
    plays = {one.integration_id: one for one in told.telling.plays}
    for source in told.watch_sources:
        found = plays.get(source.integration_id)
        yield Evidence(
            fact="plays",
            value=None if found is None else found.plays or 0,
            source=source.name,
            at=source.complete_at,
            state=told.state(None if found is None else 0, source.complete_at),
            note="; ".join(_notes(source, found, told.telling.watch_states.get(source.integration_id))),
        )


def _notes(source: TellingSource, plays: PlaysTold | None, state: str | None) -> Iterable[str]:
    if state is not None:
        yield WATCH_STATES.get(state, state)
    if plays is None:
        yield "it has no title that is this item"
    else:
        yield f"recognised by {plays.matched_by}"
        if plays.last_played_at is not None:
            yield f"last played {minute(plays.last_played_at)}"
    if source.covers_since is not None:
        yield f"reaches back to {day(source.covers_since)}"
    if source.readable_users < source.users:
        yield f"plays of {source.readable_users} of {source.users} users can be read"
    if source.partial:
        yield source.partial
    if source.failed_at is not None:
        yield f"failed {minute(source.failed_at)}: {source.error}"


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%SZ")
