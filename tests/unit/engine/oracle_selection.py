"""Why items stay and which ones go, told item by item from the specification (domain.md 4.6, 4.9, safety.md)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from libs.common.domain.enums import FactorKey, IntegrationType, RuleEffect
from services.engine.rules.compile import StoredRule
from services.engine.selection.eligibility import Guards, Why
from tests.unit.engine import oracle
from tests.unit.engine.oracle_rules import is_readable, matches

Item = Mapping[str, Any]

UNKNOWN_WHILE_NULL = {
    "playcount": "play_count",
    "lastplayed": "play_count",
    "requested": "requested",
    "requestcount": "requested",
    "requestedby": "requested",
    "watchedbyreq": "watched_by_requestor",
    "watchlist": "on_watchlist",
}
UNASKED_ONLY = {
    Why.AGE_UNKNOWN,
    Why.EVIDENCE_MISSING,
    Why.PROTECTION_UNKNOWN,
    Why.RETURNED,
    Why.COLLECTION_UNSURE,
}
LARGEST_COLLECTION = 50


@dataclass
class Judge:
    """One library with everything a run knows about it, but for the settings of its disk groups."""

    items: Sequence[Item]
    weights: Mapping[FactorKey, int]
    enabled: Collection[IntegrationType]
    rules: Sequence[StoredRule]
    guards: Guards
    now: datetime
    own: dict[int, set[Why]] = field(default_factory=dict)
    units: dict[int, list[Item]] = field(default_factory=dict)
    reasons: dict[int, set[Why]] = field(default_factory=dict)
    """Everything that keeps an item, by item."""

    def __post_init__(self) -> None:
        self.own = {item["id"]: self._own(item) for item in self.items}
        found = {item["id"]: self.own[item["id"]] | self._of_family(item) for item in self.items}
        members = self._members(found)
        self.units = {number: self._unit(number, members) for number in members}
        self.reasons = {
            number: reasons | self._of_collection(number, members, found) for number, reasons in found.items()
        }

    def _own(self, item: Item) -> set[Why]:
        score, is_protected = oracle.score(item, self.weights, self.enabled, self.rules, self.now)
        target = (item["integration_id"], item["external_id"])
        with_show = {target, (target[0], item["parent_external_id"])}
        date, youngest = item["file_added_at"] or item["added_at"], timedelta(days=self.guards.min_file_age_days)
        told = {
            Why.PROTECTED: is_protected,
            Why.NO_SCORE: not is_protected and score <= 0,
            Why.NOTHING_TO_FREE: item["size_bytes"] <= 0,
            Why.SNOOZED: target in self.guards.snoozed,
            Why.ACTIVE_JOB: target in self.guards.active,
            Why.GONE: bool(with_show & set(self.guards.gone)),
            Why.RETURNED: bool(with_show & set(self.guards.returned)),
            Why.YOUNG_FILE: youngest > timedelta(0) and date is not None and self.now - date < youngest,
            Why.AGE_UNKNOWN: youngest > timedelta(0) and date is None,
            Why.EVIDENCE_MISSING: self._lacks_evidence(item),
            Why.PROTECTION_UNKNOWN: any(self._asks_in_vain(item, rule) for rule in self.rules),
        }
        return {why for why, stands in told.items() if stands}

    def _lacks_evidence(self, item: Item) -> bool:
        values = oracle.raw(item, self.now)
        applicable = fresh = 0
        for key, weight in self.weights.items():
            if oracle.applies(key, item, self.enabled):
                applicable += weight
                fresh += weight if values[key] is not None and self._is_fresh(key, item) else 0
        return fresh * 100 < applicable * self.guards.evidence_min_weight_pct

    def _is_fresh(self, key: FactorKey, item: Item) -> bool:
        if key in {FactorKey.WATCH_HISTORY, FactorKey.LAST_WATCHED}:
            at = item["watch_evidence_at"]
        elif key is FactorKey.REQUEST_POPULARITY:
            at = item["request_evidence_at"]
        else:
            return True
        return at is not None and self.now - at <= timedelta(hours=self.guards.evidence_max_age_hours)

    def _asks_in_vain(self, item: Item, rule: StoredRule) -> bool:
        """The rule is broken, or speaks of a fact that nobody has told of this item, and might keep the item."""
        if item["integration_id"] != rule.integration_id:
            return False
        if not is_readable(rule, self.now):
            return rule.effect in {RuleEffect.PREFER_KEEP, RuleEffect.LEAN_KEEP}
        column = UNKNOWN_WHILE_NULL.get(rule.field.lower())
        if column is None or item[column] is not None:
            return False
        keeps = rule.effect in {RuleEffect.ALWAYS_KEEP, RuleEffect.PREFER_KEEP, RuleEffect.LEAN_KEEP}
        return matches(item, rule, self.now) is not keeps

    def _of_family(self, item: Item) -> set[Why]:
        place, found = item["integration_id"], set()
        if item["media_type"] == "season":
            shows = [one for one in self._of_kind("show", place) if one["external_id"] == item["parent_external_id"]]
            if any(self.own[one["id"]] & {Why.PROTECTED, Why.SNOOZED, Why.ACTIVE_JOB} for one in shows):
                found.add(Why.SHOW_HELD)
        if item["media_type"] == "show":
            name = item["external_id"]
            seasons = [one for one in self._of_kind("season", place) if one["parent_external_id"] == name]
            named = {*self.guards.snoozed, *self.guards.active}
            is_named = any(where == place and target.startswith(f"{name}-s") for where, target in named)
            if is_named or any(self.own[one["id"]] for one in seasons):
                found.add(Why.SEASON_HELD)
            if any(not self.own[one["id"]] for one in seasons):
                found.add(Why.SEASONS_LISTED)
        return found

    def _of_kind(self, kind: str, integration_id: int) -> list[Item]:
        return [one for one in self.items if one["media_type"] == kind and one["integration_id"] == integration_id]

    def _members(self, found: Mapping[int, set[Why]]) -> dict[int, set[str]]:
        """The collections of each item that goes together with others."""
        no_member = {Why.NOTHING_TO_FREE, Why.SEASONS_LISTED}
        able = [item for item in self.items if not found[item["id"]] & no_member]
        listed = [key for item in able for key in set(item["deletion_collections"])]
        shared = {key for key in listed if listed.count(key) > 1}
        keys = {item["id"]: shared & set(item["deletion_collections"]) for item in able}
        return {number: mine for number, mine in keys.items() if mine}

    def _unit(self, number: int, members: Mapping[int, set[str]]) -> list[Item]:
        """Whoever is in a collection with it, or with one of those, and so on."""
        reached = {number}
        while True:
            keys = set().union(*(members[one] for one in reached))
            grown = {one for one, mine in members.items() if mine & keys}
            if grown == reached:
                return [item for item in self.items if item["id"] in reached]
            reached = grown

    def _of_collection(self, number: int, members: Mapping[int, set[str]], found: Mapping[int, set[Why]]) -> set[Why]:
        if number not in members:
            return set()
        unit = [item["id"] for item in self.units[number]]
        begin_only = {Why.NO_SCORE, Why.NOTHING_TO_FREE, Why.SEASONS_LISTED}
        told = {
            Why.COLLECTION_HELD: any(found[one] - UNASKED_ONLY - begin_only for one in unit),
            Why.COLLECTION_TOO_LARGE: len(unit) > LARGEST_COLLECTION,
            Why.COLLECTION_SHARED: members[number] != set().union(*(members[one] for one in unit)),
            Why.COLLECTION_UNSURE: any(found[one] & UNASKED_ONLY for one in unit),
        }
        return {why for why, stands in told.items() if stands}


@dataclass(frozen=True)
class Wish:
    """What a run wants of one disk group."""

    disk_group_id: int
    bytes_to_free: int
    acts_alone: bool
    companions: Collection[int] = ()


def selected(ranked: Sequence[Item], judge: Judge, wish: Wish) -> tuple[list[int], int]:
    """Ids in order, and how many items used up budget and stay. `ranked`: best candidate first."""
    reasons, place = judge.reasons, {item["id"]: number for number, item in enumerate(ranked)}
    group, chosen, held, gone = wish.disk_group_id, [], 0, 0
    asked: set[int] = set()
    for item in ranked:
        if gone >= wish.bytes_to_free:
            break
        if item["disk_group_id"] != group or reasons[item["id"]] - UNASKED_ONLY or item["id"] in asked:
            continue
        unit = sorted(judge.units.get(item["id"], [item]), key=lambda one: place[one["id"]])
        asked |= {one["id"] for one in unit}
        here = [one["size_bytes"] for one in unit if one["disk_group_id"] == group]
        if any(one["disk_group_id"] not in {group, *wish.companions} for one in unit):
            continue
        if len(unit) > 1 and gone + sum(here) - max(here) >= wish.bytes_to_free:
            continue
        gone += sum(here)
        if wish.acts_alone and reasons[item["id"]]:
            held += len(here)
        else:
            chosen += [one["id"] for one in unit]
    return chosen, held
