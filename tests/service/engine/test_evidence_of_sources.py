"""An outage of a source that enriches: the group goes on, and items are held where what was known is too old."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from libs.common.db import models as m
from libs.common.domain.enums import Capability, HoldCode, HoldScope, IntegrationType, RuleEffect
from libs.common.domain.tellers import TELLERS
from services.engine.runs.leader import Leader
from tests.service.engine.rows import GIB, Library

pytestmark = pytest.mark.service

ENRICHERS = sorted({kind for kinds in TELLERS.values() for kind in kinds})


async def told(library: Library, integration_id: int, kind: IntegrationType, at: datetime | None) -> None:
    """What sync keeps of a reading: complete at that time, or (None) never."""
    rows = [
        {"integration_id": integration_id, "capability": each, "complete_at": at}
        for each, kinds in TELLERS.items()
        if kind in kinds
    ]
    await library.execute(insert(m.SourceReading).values(rows))


async def rule(
    library: Library, integration_id: int, field: str, operator: str, value: str, effect: RuleEffect
) -> None:
    values = {"integration_id": integration_id, "field": field, "operator": operator, "value": value, "effect": effect}
    await library.execute(insert(m.CustomRule).values(values | {"created_at": library.now, "updated_at": library.now}))


def known(library: Library, age_h: float = 0) -> dict[str, Any]:
    """What is known of an item that nobody has watched or asked for."""
    at = library.now - timedelta(hours=age_h)
    facts = {"play_count": 0, "watch_matched": True, "watch_evidence_at": at, "on_watchlist": False}
    return facts | {"requested": False, "request_count": 0, "request_evidence_at": at, "watched_by_requestor": False}


@pytest.mark.parametrize("error_class", ["unreachable", "incomplete"])
async def test_sources_that_enrich_hold_nothing_when_they_fail_while_their_facts_are_fresh(
    library: Library, engine: Leader, error_class: str
) -> None:
    radarr, group = await library.integration(), await library.group()
    for kind in ENRICHERS:
        enricher = await library.integration(kind)
        await told(library, enricher, kind, library.now)
        library.failing[enricher] = error_class
    await library.item(radarr, group, 1, **known(library, age_h=47))

    await library.run()

    assert await library.queued() == {"1"}
    assert await library.open_holds() == []


async def test_enricher_that_never_answers_holds_nothing_by_itself(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.integration(IntegrationType.PLEX, last_error="away", last_error_class="unreachable")
    await library.item(radarr, group, 1, **known(library))

    await library.run()

    assert await library.queued() == {"1"}


async def test_S10_only_items_with_old_facts_are_held_and_nobody_takes_their_place(
    library: Library, engine: Leader
) -> None:
    radarr, group = await library.integration(), await library.group(used_pct=90)
    plex = await library.integration(IntegrationType.PLEX)
    await told(library, plex, IntegrationType.PLEX, library.now)
    await library.item(radarr, group, 1, **known(library, age_h=49))
    for number in (2, 3, 4):
        await library.item(radarr, group, number, **known(library))
    library.failing[plex] = "unreachable"

    run = await library.run()

    assert await library.queued() == {"2"}  # 153.6 GB are to be freed, 100 of them are held
    assert (await library.outcome(run.id, group)).held == 1
    assert await library.open_holds() == []


async def test_S06_failed_request_source_changes_no_order(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(used_pct=80, threshold_pct=79)
    seerr = await library.integration(IntegrationType.SEERR)
    await told(library, seerr, IntegrationType.SEERR, library.now)
    requested = known(library) | {"requested": True, "request_count": 1}
    await library.item(radarr, group, 1, size_bytes=110 * GIB, **requested)
    await library.item(radarr, group, 2, size_bytes=100 * GIB, **known(library))
    library.failing[seerr] = "unreachable"
    broken = {"last_error": "away", "last_error_class": "unreachable"}
    await library.execute(update(m.Integration).where(m.Integration.id == seerr).values(**broken))

    await library.run()

    assert await library.queued() == {"2"}, "the requested one would be first if the factor had vanished"


@pytest.mark.parametrize("age_h", [None, 49], ids=["never read", "read too long ago"])
async def test_S25_label_rule_holds_what_it_might_keep_while_labels_are_not_known(
    library: Library, engine: Leader, age_h: int | None
) -> None:
    radarr, group = await library.integration(), await library.group()
    other = await library.integration(name="Radarr 4K")
    plex = await library.integration(IntegrationType.PLEX)
    await told(library, plex, IntegrationType.PLEX, library.now)
    at = None if age_h is None else library.now - timedelta(hours=age_h)
    labels = m.SourceReading.capability == Capability.LABELS
    await library.execute(update(m.SourceReading).where(labels).values(complete_at=at))
    await rule(library, radarr, "label", "equals", "keep", RuleEffect.ALWAYS_KEEP)
    await library.item(radarr, group, 1, **known(library))
    await library.item(radarr, group, 2, labels=["keep"], **known(library))
    await library.item(other, group, 3, size_bytes=40 * GIB, **known(library))

    run = await library.run()
    unsure = await library.outcome(run.id, group)
    queued_while_unsure = await library.queued()
    await library.execute(update(m.SourceReading).where(labels).values(complete_at=library.now))
    await library.run()

    assert queued_while_unsure == {"3"}
    assert (unsure.held, unsure.protected) == (1, 1)
    assert await library.queued() == {"1", "3"}


async def test_rule_about_labels_without_anybody_to_tell_them_holds_too(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    plex = await library.integration(IntegrationType.PLEX, enabled=False)
    await told(library, plex, IntegrationType.PLEX, library.now)
    await rule(library, radarr, "label", "equals", "keep", RuleEffect.LEAN_KEEP)
    await library.item(radarr, group, 1)

    run = await library.run()

    assert await library.queued() == set()
    assert (await library.outcome(run.id, group)).held == 1


async def test_S09_breaker_of_a_media_server_still_stops_every_group(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    plex = await library.integration(IntegrationType.PLEX)
    await told(library, plex, IntegrationType.PLEX, library.now)
    await library.item(radarr, group, 1, **known(library))
    breaker = {
        "scope": HoldScope.INTEGRATION,
        "code": HoldCode.SOURCE_SHRANK,
        "message": "far fewer titles",
        "breaker": True,
        "integration_id": plex,
        "created_at": library.now,
    }
    await library.execute(insert(m.Hold).values(breaker))

    run = await library.run()

    assert await library.queued() == set()
    assert (await library.outcome(run.id, group)).held_code == HoldCode.SOURCE_SHRANK
