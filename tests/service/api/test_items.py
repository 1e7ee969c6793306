"""`GET /items/{integrationId}/{externalId}/explain`: the gateway, the bus and a real engine."""

import json
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import insert

from libs.common.db import models as m
from libs.common.domain.enums import AuditAction, IntegrationType, Trigger
from tests.service.engine.asking import Asking
from tests.service.engine.rows import GIB, Library

pytestmark = pytest.mark.service


async def past(library: Library, integration_id: int, number: int, external_id: str = "1") -> None:
    """An entry of the audit log that is `number` hours old."""
    entry = {
        "media_name": f"{number} hours ago",
        "media_type": "movie",
        "external_id": external_id,
        "action": AuditAction.CANCELLED,
        "trigger": Trigger.ENGINE,
        "integration_id": integration_id,
        "created_at": library.now - timedelta(hours=number),
    }
    await library.execute(insert(m.AuditEntry).values(entry))


async def test_explanation_has_everything_and_adds_up(library: Library, engine: Asking, api: httpx.AsyncClient) -> None:
    radarr, group = await library.integration(name="My Radarr"), await library.group()
    await library.item(radarr, group, 1, size_bytes=25 * GIB, rating=3.0)
    await library.snooze(radarr, 1)
    for hours in range(1, 25):
        await past(library, radarr, hours)
    await past(library, radarr, 1, "2")

    answer = await api.get(f"/items/{radarr}/1/explain")

    shown = answer.json()
    assert answer.status_code == 200, shown
    assert shown["item"]["title"] == "Movie 1"
    sums = shown["arithmetic"]
    assert sum(part["contribution"] for part in shown["scoreDetails"]) == pytest.approx(sums["base"], abs=1e-5)
    assert shown["score"] == pytest.approx(sums["final"] * 100, abs=1e-3) == pytest.approx(70, abs=1e-3)
    assert [gate["code"] for gate in shown["gates"] if not gate["passed"]] == ["snoozed"]
    assert [hold["code"] for hold in shown["holds"]] == ["snoozed"]
    assert (shown["queues"]["approval"]["status"], set(shown["queues"])) == ("rejected", {"approval"})
    assert [entry["mediaName"] for entry in shown["history"]] == [f"{hours} hours ago" for hours in range(1, 21)]
    assert shown["chosen"] is False
    assert "snoozed until" in shown["verdict"]
    assert shown["outlook"]
    assert {"fact": "sizeBytes", "value": 25 * GIB, "source": "My Radarr"}.items() <= shown["evidence"][0].items()
    assert '"fact":"rating","value":3,' in answer.text, "whole, without a decimal point"
    assert '"fact":"monitored","value":true,' in answer.text


async def test_what_the_description_requires_is_there_also_where_nothing_is_known(
    library: Library, engine: Asking, api: httpx.AsyncClient
) -> None:
    radarr = await library.integration()
    await library.item(radarr, await library.group(), 1, rating=None)
    await library.item(radarr, None, 2)
    schemas = (await api.get("/openapi.json")).json()["components"]["schemas"]

    for number in (1, 2):
        shown = (await api.get(f"/items/{radarr}/{number}/explain")).json()
        told = [("Explanation", shown), ("Queues", shown["queues"])]
        told += [("Evidence", fact) for fact in shown["evidence"]]
        told += [("Place", shown["place"])] if "place" in shown else []
        for name, value in told:
            assert set(schemas[name].get("required", ())) <= set(value), name


async def test_season_is_found_by_its_id(library: Library, engine: Asking, api: httpx.AsyncClient) -> None:
    sonarr = await library.integration(IntegrationType.SONARR)
    await library.item(sonarr, None, 42, media_type="show", title="Show")
    season = {"media_type": "season", "external_id": "42-s3", "parent_external_id": "42", "season_number": 3}
    await library.item(sonarr, None, 43, title="Show - Season 3", **season)

    shown = (await api.get(f"/items/{sonarr}/42-s3/explain")).json()

    assert (shown["item"]["externalId"], shown["item"]["seasonNumber"]) == ("42-s3", 3)
    assert "place" not in shown


async def test_rule_that_fits_tells_what_the_item_had(library: Library, engine: Asking, api: httpx.AsyncClient) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1, tags=["keep"])
    rule = {"integration_id": radarr, "field": "tag", "operator": "contains", "value": "kee", "effect": "always_keep"}
    await library.execute(insert(m.CustomRule).values(**rule, created_at=library.now, updated_at=library.now))

    shown = (await api.get(f"/items/{radarr}/1/explain")).json()

    (found,) = shown["rules"]
    assert (found["effect"], found["matchedValue"], "multiplier" in found) == ("always_keep", "keep", False)
    assert (shown["protected"], shown["score"], shown["arithmetic"]["final"]) == (True, 0, 0)
    assert json.dumps(shown["scoreDetails"]).count('"ruleId"') == 1


@pytest.mark.parametrize(
    ("path", "status"), [("1/999", 404), ("0/1", 400), ("x/1", 400), (f"1/{'9' * 201}", 400), ("1/%00", 400)]
)
async def test_what_is_no_item(api: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await api.get(f"/items/{path}/explain")

    assert (answer.status_code, list(answer.json())) == (status, ["error"])


async def test_without_an_engine_it_is_said_who_is_silent(library: Library, api: httpx.AsyncClient) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)

    answer = await api.get(f"/items/{radarr}/1/explain")

    assert (answer.status_code, "engine" in answer.json()["error"]) == (503, True)
