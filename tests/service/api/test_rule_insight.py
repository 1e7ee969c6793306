"""What may be asked about one rule: the gateway, the bus and a real engine's answers."""

import httpx
import pytest
from sqlalchemy import insert, update

from libs.common.db import models as m
from libs.common.domain.enums import RuleEffect
from tests.service.engine.asking import Asking
from tests.service.engine.rows import Library

pytestmark = pytest.mark.service


async def rule(library: Library, integration_id: int, value: str = "movie") -> int:
    columns = {
        "integration_id": integration_id,
        "field": "title",
        "operator": "contains",
        "value": value,
        "effect": RuleEffect.LEAN_KEEP,
        "created_at": library.now,
        "updated_at": library.now,
    }
    return int(await library.scalar(insert(m.CustomRule).values(columns).returning(m.CustomRule.id)))


async def test_impact_is_counted_by_the_engine(library: Library, engine: Asking, api: httpx.AsyncClient) -> None:
    radarr = await library.integration()
    for number in (1, 2):
        await library.item(radarr, None, number)
    wanted = await rule(library, radarr, "movie 2")
    await engine.refresh.score(None)

    answer = await api.get(f"/custom-rules/{wanted}/impact")

    assert (answer.status_code, answer.json()) == (200, {"ruleId": wanted, "affectedCount": 1, "totalItems": 2})


@pytest.mark.parametrize(("rule_id", "status"), [("999", 404), ("0", 400), ("x", 400), ("-1", 400)])
async def test_impact_of_no_rule(api: httpx.AsyncClient, rule_id: str, status: int) -> None:
    answer = await api.get(f"/custom-rules/{rule_id}/impact")

    assert (answer.status_code, list(answer.json())) == (status, ["error"])


async def test_impact_without_an_engine_says_who_is_silent(library: Library, api: httpx.AsyncClient) -> None:
    wanted = await rule(library, await library.integration())

    answer = await api.get(f"/custom-rules/{wanted}/impact")

    assert answer.status_code == 503
    assert "engine" in answer.json()["error"]


async def test_context_has_the_rule_its_fields_and_the_values_of_its_field(
    library: Library, api: httpx.AsyncClient
) -> None:
    radarr = await library.integration()
    wanted = await rule(library, radarr)

    shown = (await api.get(f"/custom-rules/{wanted}/context")).json()

    assert (shown["rule"]["id"], shown["rule"]["value"]) == (wanted, "movie")
    offered = (await api.get("/rule-fields", params={"service_type": "radarr"})).json()
    assert shown["fields"] == offered
    assert "title" in {field["field"] for field in offered}
    assert shown["values"] == {
        "type": "free",
        "inputType": "text",
        "placeholder": "A title, or a part of it",
        "suffix": "",
    }


async def test_context_goes_without_values_that_cannot_be_looked_up(library: Library, api: httpx.AsyncClient) -> None:
    radarr = await library.integration()
    asked, unknown = await rule(library, radarr), await rule(library, radarr)
    await library.execute(update(m.CustomRule).where(m.CustomRule.id == asked).values(field="Quality"))
    await library.execute(update(m.CustomRule).where(m.CustomRule.id == unknown).values(field="nonsense"))

    for wanted in (asked, unknown):
        answer = await api.get(f"/custom-rules/{wanted}/context")
        assert (answer.status_code, set(answer.json())) == (200, {"rule", "fields"})


@pytest.mark.parametrize(("rule_id", "status"), [("999", 404), ("0", 400)])
async def test_context_of_no_rule(api: httpx.AsyncClient, rule_id: str, status: int) -> None:
    assert (await api.get(f"/custom-rules/{rule_id}/context")).status_code == status
