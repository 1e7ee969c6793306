"""Random libraries with everything that decides about them, dense enough that every rule of the house comes up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

from libs.common.domain.enums import Capability, FactorKey, IntegrationType, RuleEffect, Tiebreaker
from libs.common.domain.rules.fields import FIELDS
from services.engine.evaluation import Evaluation, evaluate_items
from services.engine.facts import Facts
from services.engine.rules.compile import StoredRule
from services.engine.scoring.applicability import Sources
from services.engine.selection.eligibility import Guards
from tests.unit.engine.catalogue_rows import LONG_AGO, NOW, frame, item, season, show
from tests.unit.engine.oracle_rules import BOOLEANS, LISTS, SYMBOLS, TEXTS
from tests.unit.engine.oracle_selection import Judge

GIB = 1024**3
TITLES = ["Item 9", "alpha", "Beta 2", "ÄTHER", "The Long Item", "aa"]
WORDS = ["keep", "Kids", "4k", "The Meridian"]
PATTERNS = ["^the", "it.m", "[0-9]+$", "alpha|beta", "a{2}", r"\bitem\b", "Ä"]
TYPES = [IntegrationType.PLEX, IntegrationType.SEERR, IntegrationType.RADARR, IntegrationType.JELLYSTAT]
KEYS = ["1/A", "2/A", "2/B", "3/C", "3/D", "3/E", "3/F", "3/G"]
BROKEN = [("nothing", "equals", "x"), ("rating", "contains", "5"), ("year", "gt", "many"), ("monitored", "gt", "1")]


@dataclass(frozen=True)
class World:
    """A library, the owner's settings, and what the queues hold."""

    rows: list[dict[str, Any]]
    weights: dict[FactorKey, int]
    sources: Sources
    rules: tuple[StoredRule, ...]
    guards: Guards
    tiebreaker: Tiebreaker

    def evaluated(self) -> Evaluation:
        """As the engine sees it."""
        facts = Facts(
            now=NOW,
            preferences=SimpleNamespace(tiebreaker_method=self.tiebreaker),  # type: ignore[arg-type]  # stands for a row
            weights=self.weights,
            rules=self.rules,
            sources=self.sources,
            guards=self.guards,
            revision=1,
            scoring=1,
        )
        return evaluate_items(frame(*self.rows).collect(), facts)

    def judge(self) -> Judge:
        """As it is told item by item."""
        return Judge(self.rows, self.weights, self.sources.enabled, self.rules, self.guards, NOW)


def random_world(rng: Random, items: int, rules: int) -> World:
    """About so many items, under up to so many rules."""
    rows = random_rows(rng, items)
    targets = [(row["integration_id"], row["external_id"]) for row in rows]
    enabled = {kind for kind in TYPES if rng.random() < 0.7}
    return World(
        rows=rows,
        weights={key: rng.randint(0, 10) for key in FactorKey},
        sources=Sources(enabled, {kind for kind in enabled if rng.random() < 0.3}),
        rules=tuple(random_rule(rng, number) for number in range(1, rng.randint(0, rules) + 1)),
        guards=Guards(
            min_file_age_days=rng.choice([0, 7, 30]),
            evidence_max_age_hours=48,
            evidence_min_weight_pct=rng.choice([0, 30, 60, 100]),
            snoozed=set(rng.sample(targets, rng.randint(0, 2))),
            active=set(rng.sample(targets, rng.randint(0, 2))),
            gone=set(rng.sample(targets, rng.randint(0, 2))),
            returned=set(rng.sample(targets, rng.randint(0, 2))),
            told_at=dict.fromkeys(Capability, NOW),
        ),
        tiebreaker=rng.choice(list(Tiebreaker)),
    )


def random_rows(rng: Random, items: int) -> list[dict[str, Any]]:
    """Movies, shows with and without their seasons, artists and books, in any order."""
    rows: list[dict[str, Any]] = []
    while len(rows) < items:
        number, values = len(rows) + 1, random_values(rng)
        if rng.random() < 0.2:
            rows.append(show(number, **values))
            for count in range(1, rng.randint(0, 3) + 1):
                of_season = random_values(rng) | {"integration_id": values["integration_id"]}
                of_season["deletion_collections"] = values["deletion_collections"]
                rows.append(season(number + count, number, count, **of_season, episode_count=rng.randint(1, 20)))
        else:
            rows.append(item(number, media_type=rng.choice(["movie", "movie", "movie", "artist", "book"]), **values))
    rng.shuffle(rows)
    return rows


def random_values(rng: Random) -> dict[str, Any]:
    """Columns that every kind of item has."""
    collections, labels = rng.sample(WORDS, rng.randint(0, 2)), rng.sample(WORDS, rng.randint(0, 2))
    return {
        "integration_id": rng.choice([1, 1, 2]),
        "disk_group_id": rng.choice([1, 1, 1, 2, None]),
        "title": rng.choice(TITLES),
        "size_bytes": rng.choice([0, 1, 5, 10, 10, 20, 80]) * GIB,
        "year": rng.choice([None, 0, 1989, 1990, 2020]),
        "rating": rng.choice([None, -1.0, 0.0, 5.0, 7.2, 9.9, 10.0, 72.0, 101.0]),
        "quality_profile": rng.choice([None, "HD-1080p", "any"]),
        "genre": rng.choice(["", "Drama", "Comedy, Drama"]),
        "language": rng.choice([None, "English", "japanese"]),
        "series_status": rng.choice([None, "ended", "Continuing", "upcoming"]),
        "monitored": rng.random() < 0.5,
        "tags": rng.sample(WORDS, rng.randint(0, 2)),
        "collections": collections,
        "labels": labels,
        "in_collection": bool(collections),
        "has_label": bool(labels),
        "deletion_collections": rng.sample(KEYS, rng.choice([*[0] * 12, *[1] * 7, 2])),
        "added_at": random_moment(rng),
        "file_added_at": rng.choice([random_moment(rng), None, *[LONG_AGO] * 8]),
        "play_count": rng.choice([None, 0, 0, 1, 2, 5]),
        "last_played": random_moment(rng),
        "watch_matched": rng.random() < 0.5,
        "watch_evidence_at": random_evidence(rng),
        "requested": rng.choice([None, True, False]),
        "requested_by": rng.choice([None, "Ann", "bob"]),
        "request_count": rng.choice([None, 0, 1, 3]),
        "request_evidence_at": random_evidence(rng),
        "watched_by_requestor": rng.choice([None, True, False]),
        "on_watchlist": rng.choice([None, True, False]),
    }


def random_moment(rng: Random) -> datetime | None:
    """Unknown, in the future, today, and up to two and a half years ago."""
    days = rng.choice([None, -10, 0, 7, 30, 90, 365, rng.randint(1, 900)])
    return None if days is None else NOW - timedelta(days=days, minutes=rng.choice([0, 0, 77]))


def random_evidence(rng: Random) -> datetime | None:
    return rng.choice([None, NOW, NOW - timedelta(hours=48), NOW - timedelta(hours=48, seconds=1)])


def random_rule(rng: Random, number: int) -> StoredRule:
    """Any field with any operator that fits it, spelled in any way; now and then one that means nothing."""
    effect = rng.choice([*RuleEffect, *(one for one in RuleEffect if one is not RuleEffect.ALWAYS_KEEP)])
    if rng.random() < 0.03:
        return StoredRule(number, rng.randint(1, 2), *rng.choice(BROKEN), effect)
    field = rng.choice(sorted(FIELDS))
    operator = str(rng.choice(FIELDS[field].accepted))
    value = random_value(rng, field, operator)
    symbol = next((sign for sign, word in SYMBOLS.items() if word == operator), operator)
    name = rng.choice([field, field.upper(), FIELDS[field].name])
    return StoredRule(number, rng.randint(1, 2), name, rng.choice([operator, symbol]), value, effect)


_FLAGS, _NAMES = ["true", "TRUE", "false", "maybe"], [*WORDS, "k", "meridian", ""]
_TEXTS = [*TITLES, "i", "drama", "HD", "english", "ended", "movie", "season", "bob", ""]
VALUES = {
    "rating": ["5", "7.2", "72", "10", "0"],
    "sizebytes": [str(size * GIB) for size in (0, 5, 10, 20)],
    **{field: values for fields, values in ((BOOLEANS, _FLAGS), (LISTS, _NAMES), (TEXTS, _TEXTS)) for field in fields},
}
NUMBERS_OR_DAYS = ["0", "1", "2", "7", "30", "90.5", "365", "1990", "-1", "3.5"]


def random_value(rng: Random, field: str, operator: str) -> str:
    return rng.choice(PATTERNS if operator == "regex" else VALUES.get(field, NUMBERS_OR_DAYS))
