"""`POST /engine/simulate`: the gateway's checks, the bus, and a real engine's comparison."""

from typing import Any

import httpx
import pytest
from sqlalchemy import update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType
from tests.harness.jumping_clock import JumpingClock
from tests.service.engine.asking import Asking
from tests.service.engine.rows import GIB, Library

pytestmark = pytest.mark.service

KEEP = {"field": "title", "operator": "contains", "value": "movie 1", "effect": "always_keep", "integrationId": 1}


@pytest.fixture
async def library(database: Database, clock: JumpingClock) -> Library:
    """Radarr 1 with four movies on disk group 1 (85/75, 90 % full), and Plex 2."""
    library = Library(database, clock)
    assert await library.integration() == 1
    assert await library.group() == 1
    for number in range(1, 5):
        await library.item(1, 1, number)
    assert await library.integration(IntegrationType.PLEX, enabled=False) == 2
    return library


async def simulate(api: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await api.post("/engine/simulate", json=body)


async def test_nothing_tried_is_no_difference(engine: Asking, api: httpx.AsyncClient) -> None:
    answer = await simulate(api)

    nothing = {"total": 0, "totalBytes": 0, "items": []}
    shown = answer.json()
    assert answer.status_code == 200, shown
    (group,) = shown["diskGroups"]
    assert group["before"] == group["after"]
    assert (group["before"]["candidates"], group["before"]["bytesChosen"]) == (2, 200 * GIB)
    assert shown["difference"] == {"added": nothing, "removed": nothing}
    assert shown["newlyProtected"] == shown["noLongerProtected"] == nothing


async def test_rules_thresholds_and_weights_are_tried_together(engine: Asking, api: httpx.AsyncClient) -> None:
    shown = (
        await simulate(
            api,
            rules=[KEEP, {**KEEP, "value": "movie 2", "enabled": False}],
            diskGroups=[{"id": 1, "targetPct": 70, "mode": "dry-run"}],
            weights={"file_size": 10},
            tiebreakerMethod="name_asc",
            safety={"minFileAgeDays": 0},
        )
    ).json()

    assert [item["title"] for item in shown["difference"]["removed"]["items"]] == ["Movie 1"]
    assert [item["title"] for item in shown["difference"]["added"]["items"]] == ["Movie 3", "Movie 4"]
    (group,) = shown["diskGroups"]
    assert (group["before"]["mode"], group["after"]["mode"], group["after"]["targetPct"]) == ("auto", "dry-run", 70)
    (kept,) = shown["newlyProtected"]["items"]
    assert (kept["externalId"], kept["scoreAfter"], 0 < kept["scoreBefore"] <= 100) == ("1", 0, True)


@pytest.mark.parametrize(
    ("body", "begins"),
    [
        ({"weights": {"file_size": 11}}, "weights.file_size: "),
        ({"weights": {"nonsense": 1}}, "weights.nonsense: "),
        ({"rules": [KEEP, {**KEEP, "integrationId": 9}]}, "rules.1.integrationId: "),
        ({"rules": [{**KEEP, "integrationId": 2}]}, "rules.0.integrationId: "),
        ({"rules": [{**KEEP, "integrationId": None}]}, "rules.0.integrationId: "),
        ({"rules": [{**KEEP, "field": "nonsense"}]}, "rules.0.field: "),
        ({"rules": [{**KEEP, "operator": "gt"}]}, "rules.0.operator: "),
        ({"rules": [{**KEEP, "effect": "love"}]}, "rules.0.effect: "),
        ({"rules": [{**KEEP, "value": "x" * 100_000}]}, "rules.0.value: "),
        ({"rules": [{**KEEP, "enabled": False}, {**KEEP, "operator": "regex", "value": "("}]}, "rules.1.value: "),
        ({"rules": [KEEP] * 201}, "rules: "),
        ({"diskGroups": [{"id": 9}]}, "diskGroups.0.id: "),
        ({"diskGroups": [{"id": 1}, {"id": 1}]}, "diskGroups.1.id: "),
        ({"diskGroups": [{"id": 1, "thresholdPct": 100}]}, "diskGroups.0.thresholdPct: "),
        ({"diskGroups": [{"id": 1, "targetPct": 90}]}, "diskGroups.0.thresholdPct: "),
        ({"diskGroups": [{"id": 1, "mode": "fast"}]}, "diskGroups.0.mode: "),
        ({"diskGroups": [{"id": 1, "thresholdPtc": 80}]}, "diskGroups.0.thresholdPtc: "),
        ({"tiebreakerMethod": "coin"}, "tiebreakerMethod: "),
        ({"safety": {"minFileAgeDays": -1}}, "safety.minFileAgeDays: "),
        ({"safety": {"maxDeletePctPerRun": 0}}, "safety.maxDeletePctPerRun: "),
        ({"safety": {"countEarlierPlays": True}}, "safety.countEarlierPlays: "),
        ({"weight": {"file_size": 1}}, "weight: "),
    ],
)
async def test_what_cannot_be_tried_is_named_by_its_place(
    engine: Asking, api: httpx.AsyncClient, body: dict[str, Any], begins: str
) -> None:
    answer = await simulate(api, **body)

    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert answer.json()["error"].startswith(begins)


async def test_group_that_is_not_reported_cannot_be_tried(
    library: Library, engine: Asking, api: httpx.AsyncClient
) -> None:
    await library.execute(update(m.DiskGroup).values(stale_since=library.now))

    assert (await simulate(api, diskGroups=[{"id": 1}])).status_code == 400
    assert (await simulate(api)).json()["diskGroups"] == []


async def test_without_an_engine_it_is_said_who_is_silent(library: Library, api: httpx.AsyncClient) -> None:
    answer = await simulate(api)

    assert (answer.status_code, "engine" in answer.json()["error"]) == (503, True)


async def test_simulation_needs_a_body(api: httpx.AsyncClient) -> None:
    assert (await api.post("/engine/simulate")).status_code == 400
    assert (await api.post("/engine/simulate", content=b"[]")).status_code == 400
