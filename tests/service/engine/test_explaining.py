"""Explanations over the bus, from what is stored: facts, queues, holds, and the queues as they are at that moment."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update

from libs.common.db import models as m
from libs.common.domain.enums import Capability, HoldCode, HoldScope, IntegrationType, MatchedBy, TitleKind
from libs.common.messaging.engine_questions import EXPLAIN_ITEM, AskExplanation, Explained, Explanation
from tests.service.engine.asking import Asking
from tests.service.engine.rows import GIB, Library

pytestmark = pytest.mark.service


async def explain(asking: Asking, integration_id: int, external_id: str = "1") -> Explanation:
    question = AskExplanation(integration_id=integration_id, external_id=external_id)
    found = (await asking.ask(EXPLAIN_ITEM, question, Explained)).explanation
    assert found is not None
    return found


def failed(explanation: Explanation) -> set[str]:
    return {gate.code for gate in explanation.gates if not gate.passed}


async def plex_that_told(library: Library, item_id: int) -> int:
    """A Plex that was read an hour ago and lists three plays of the item, twice over."""
    plex, then = await library.integration(IntegrationType.PLEX, name="My Plex"), library.now - timedelta(hours=1)
    reading = {"integration_id": plex, "capability": Capability.PLAYS, "complete_at": then, "partial": "one is private"}
    title = {"integration_id": plex, "server": "s", "native_id": "77", "kind": TitleKind.MOVIE}
    match = {"integration_id": plex, "server": "s", "native_id": "77", "item_id": item_id, "matched_by": MatchedBy.TMDB}
    play = {"integration_id": plex, "server": "s", "title_id": "77", "last_played_at": then}
    await library.execute(insert(m.SourceReading).values(reading))
    await library.execute(insert(m.SourceTitle).values(title))
    await library.execute(insert(m.TitleMatch).values(match))
    rows = [
        {**play, "play_id": "1", "plays": 1, "is_count": False},
        {**play, "play_id": "2", "plays": 1, "is_count": False},
        {**play, "play_id": "c", "plays": 3, "is_count": True},
    ]
    await library.execute(insert(m.SourcePlay).values(rows))
    users = [{"integration_id": plex, "user_id": str(n), "is_readable": n > 1} for n in (1, 2, 3)]
    await library.execute(insert(m.SourceUser).values(users))
    facts = {"play_count": 3, "last_played": then, "watch_evidence_at": then, "watch_evidence": {str(plex): "watched"}}
    await library.execute(update(m.MediaItem).where(m.MediaItem.id == item_id).values(watch_matched=True, **facts))
    return plex


async def test_facts_come_with_source_time_and_doubt(library: Library, asking: Asking) -> None:
    radarr, group = await library.integration(name="My Radarr"), await library.group()
    await plex_that_told(library, await library.item(radarr, group, 1))

    explanation = await explain(asking, radarr)

    evidence = {fact.fact: fact for fact in explanation.evidence}
    assert (evidence["sizeBytes"].value, evidence["sizeBytes"].source) == (100 * GIB, "My Radarr")
    assert (evidence["playCount"].value, evidence["playCount"].state) == (3, "fresh")
    plays = evidence["plays"]
    assert (plays.source, plays.value, plays.state) == ("My Plex", 3, "fresh")
    for told in ("it lists plays", "recognised by tmdb", "2 of 3 users", "one is private"):
        assert told in plays.note


async def test_place_in_the_budget_counts_what_is_on_its_way_out(library: Library, asking: Asking) -> None:
    radarr, group = await library.integration(), await library.group()
    for number in (1, 2, 3):
        await library.item(radarr, group, number)

    explanation = await explain(asking, radarr, "3")

    assert explanation.place is not None
    assert (explanation.place.position, explanation.place.bytes_before) == (3, 200 * GIB)
    assert explanation.place.bytes_to_free == pytest.approx(153.6 * GIB, abs=GIB)
    assert failed(explanation) == {"budget"}
    assert (await explain(asking, radarr, "2")).chosen


async def test_snooze_after_the_scoring_is_told_at_once(library: Library, asking: Asking) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    await asking.refresh.score(None)
    assert (await explain(asking, radarr)).chosen

    await library.snooze(radarr, 1)

    explanation = await explain(asking, radarr)
    assert failed(explanation) == {"snoozed"}
    assert explanation.queues.approval is not None
    assert explanation.queues.approval.status == "rejected"


async def test_breaker_on_a_source_and_hold_on_the_group_are_told(library: Library, asking: Asking) -> None:
    radarr, group = await library.integration(), await library.group()
    other = await library.integration(IntegrationType.SONARR)
    await library.item(radarr, group, 1)
    hold = {"message": "it lost most of its titles", "created_at": library.now}
    rows = [
        {
            **hold,
            "scope": HoldScope.INTEGRATION,
            "code": HoldCode.SOURCE_SHRANK,
            "integration_id": radarr,
            "breaker": True,
        },
        {
            **hold,
            "scope": HoldScope.INTEGRATION,
            "code": HoldCode.SOURCE_SHRANK,
            "integration_id": other,
            "breaker": True,
        },
    ]
    await library.execute(insert(m.Hold).values(rows))
    on_group = {**hold, "scope": HoldScope.DISK_GROUP, "code": HoldCode.DISK_DISPUTED, "disk_group_id": group}
    await library.execute(insert(m.Hold).values(on_group))

    explanation = await explain(asking, radarr)

    assert failed(explanation) == {"source_shrank", "disk_disputed"}
    assert sum(gate.code == "source_shrank" for gate in explanation.gates) == 1


async def test_unknown_item_is_no_explanation(library: Library, asking: Asking) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    disabled = await library.integration(enabled=False)
    await library.item(disabled, None, 2)

    for place, name in ((radarr, "2"), (999, "1"), (disabled, "2")):
        question = AskExplanation(integration_id=place, external_id=name)
        assert (await asking.ask(EXPLAIN_ITEM, question, Explained)).explanation is None


async def test_item_that_left_the_catalogue_since_is_no_explanation(library: Library, asking: Asking) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    await asking.refresh.score(None)
    await library.execute(text("delete from media_items"))

    question = AskExplanation(integration_id=radarr, external_id="1")
    assert (await asking.ask(EXPLAIN_ITEM, question, Explained)).explanation is None


async def test_release_of_a_mass_change_counts_until_a_run_has_used_it(library: Library, asking: Asking) -> None:
    await library.preference(max_delete_pct_per_run=30)
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    assert failed(await explain(asking, radarr)) == {"mass_change"}

    hold = {
        "scope": HoldScope.DISK_GROUP,
        "code": HoldCode.MASS_CHANGE,
        "message": "too much",
        "breaker": True,
        "disk_group_id": group,
        "created_at": library.now,
        "released_at": library.now,
        "released_by": "admin",
    }
    details = {"items": 1, "bytes": 100 * GIB}
    hold_id = await library.scalar(insert(m.Hold).values(hold | {"details": details}).returning(m.Hold.id))
    assert (await explain(asking, radarr)).chosen

    await library.execute(update(m.Hold).where(m.Hold.id == hold_id).values(details=details | {"usedInRun": 1}))
    assert failed(await explain(asking, radarr)) == {"mass_change"}
