"""The reports over random libraries, against their rules read out loud item by item."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from libs.common.db import Database
from libs.common.db import models as m
from tests.service.api import rows
from tests.service.api.reports import dead, stale
from tests.service.api.watched import Library

pytestmark = pytest.mark.service

DAYS = 90


@dataclass(frozen=True, slots=True)
class Thing:
    """A movie, a show or a season; ages in days, None for unknown."""

    media_type: str
    age: float | None
    plays: int | None
    played: float | None
    evidence: float | None
    is_wanted: bool | None
    has_ended: bool
    is_protected: bool
    size: int


ages = st.sampled_from([None, 0.0, 89.9, 90.0, 90.1, 365.0, 400.0, 500.0, 730.5, -3.0])


def things(media_type: str) -> st.SearchStrategy[Thing]:
    """Any one of that type."""
    return st.builds(
        Thing,
        media_type=st.just(media_type),
        age=ages,
        plays=st.sampled_from([None, 0, 0, 0, 1, 7]),
        played=ages,
        evidence=st.sampled_from([None, 0.0, 0.0, 0.0, 0.0, 1.99, 2.01]),
        is_wanted=st.sampled_from([None, False, False, False, True]),
        has_ended=st.booleans(),
        is_protected=st.sampled_from([False, False, False, True]),
        size=st.integers(0, 2**40),
    )


titles = st.one_of(
    st.tuples(things("movie")),
    st.tuples(things("artist")),
    st.tuples(things("show")),
    st.tuples(things("show"), things("season")),
    st.tuples(things("show"), things("season"), things("season")),
)


def expected_dead(every: dict[str, Thing], kept: set[str]) -> dict[str, Any]:
    fitting = {
        name: thing
        for name, thing in every.items()
        if not thing.is_wanted
        and thing.age is not None
        and thing.age >= DAYS
        and (thing.plays == 0 or (thing.plays is None and not sure(thing) and thing.media_type != "artist"))
    }
    return counted(fitting, kept) | {"order": sorted((thing.size for _, thing in shown(fitting, kept)), reverse=True)}


def expected_stale(every: dict[str, Thing], kept: set[str]) -> dict[str, Any]:
    fitting = {
        name: thing
        for name, thing in every.items()
        if thing.plays and thing.played is not None and thing.played >= DAYS
    }
    return counted(fitting, kept) | {
        "order": sorted((staleness(thing) for _, thing in shown(fitting, kept)), reverse=True)
    }


def staleness(thing: Thing) -> float:
    assert thing.played is not None
    return int(thing.played) / 365 * (1.5 if thing.has_ended else 1) * (0.5 if thing.is_wanted else 1.2)


def sure(thing: Thing) -> bool:
    return thing.evidence is not None and thing.evidence <= 2


def shown(fitting: dict[str, Thing], kept: set[str]) -> list[tuple[str, Thing]]:
    return [(name, thing) for name, thing in fitting.items() if sure(thing) and name not in kept]


def counted(fitting: dict[str, Thing], kept: set[str]) -> dict[str, Any]:
    listed = shown(fitting, kept)
    return {
        "names": {name for name, _ in listed},
        "totalCount": len(listed),
        "totalSize": sum(thing.size for _, thing in listed),
        "protectedCount": sum(1 for name, thing in fitting.items() if sure(thing) and name in kept),
        "unknownCount": sum(1 for name, thing in fitting.items() if not sure(thing) and name not in kept),
    }


def told(report: dict[str, Any], measure: str) -> dict[str, Any]:
    counts = {name: report[name] for name in ("totalCount", "totalSize", "protectedCount", "unknownCount")}
    return counts | {
        "names": {item["title"] for item in report["items"]},
        "order": [item[measure] for item in report["items"]],
    }


async def add(library: Library, name: str, thing: Thing, show: str | None) -> None:
    def ago(days: float | None) -> datetime | None:
        return None if days is None else library.now - timedelta(days=days)

    await library.item(
        name,
        age=thing.age,
        media_type=thing.media_type,
        season_number=1 if thing.media_type == "season" else None,
        parent_external_id=show,
        play_count=thing.plays,
        last_played=ago(thing.played),
        watch_evidence_at=ago(thing.evidence),
        watch_matched=thing.plays is not None,
        on_watchlist=thing.is_wanted,
        series_status="ended" if thing.has_ended else None,
        size_bytes=thing.size,
    )


@pytest.fixture
async def library(database: Database) -> Library:
    """A library at noon."""
    return Library(database, rows.NOW, await rows.integration(database))


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example empties the library
)
@given(world=st.lists(titles, max_size=12))
async def test_reports_are_their_rules(library: Library, world: list[tuple[Thing, ...]]) -> None:
    async with library.db.begin() as tx:
        await tx.execute(delete(m.MediaItem))
    told_by_themselves: dict[str, Thing] = {}
    protected: set[str] = set()
    kept: set[str] = set()
    for number, (head, *seasons) in enumerate(world):
        family = {f"{number}": head} | {f"{number}-s{place}": season for place, season in enumerate(seasons)}
        for name, thing in family.items():
            await add(library, name, thing, None if thing is head else f"{number}")
        protected |= {name for name, thing in family.items() if thing.is_protected}
        kept |= {name for name, thing in family.items() if thing.is_protected or (head.is_protected and seasons)}
        told_by_themselves |= {name: thing for name, thing in family.items() if not seasons or thing is not head}
    await library.score(protected=tuple(protected))

    dead_report, stale_report = await dead(library, days=DAYS), await stale(library, days=DAYS)

    assert told(dead_report, "sizeBytes") == expected_dead(told_by_themselves, kept)
    expected = expected_stale(told_by_themselves, kept)
    expected["order"] = pytest.approx(expected["order"], abs=0.0051)
    assert told(stale_report, "stalenessScore") == expected
