"""Rules and weights end to end: what an owner changes counts at the next look at the preview, and nonsense never."""

import re
from typing import Any

from tests.harness.eventually import eventually
from tests.harness.system import RunningSystem


async def protected_ids(system: RunningSystem) -> set[tuple[int, str]]:
    return {(item["integrationId"], item["externalId"]) for item in await system.get("/preview") if item["protected"]}


async def test_rule_counts_from_its_saving_to_its_end(connected: RunningSystem) -> None:
    preview = await connected.get("/preview")
    wanted = next(item for item in preview if item["type"] == "movie")
    place = (wanted["integrationId"], wanted["externalId"])
    rule = {
        "field": "title",
        "operator": "regex",
        "value": f"^{re.escape(wanted['title'])}$",
        "effect": "always_keep",
        "integrationId": wanted["integrationId"],
    }
    elsewhere = next(item["integrationId"] for item in preview if item["integrationId"] != wanted["integrationId"])
    assert await protected_ids(connected) == set()

    await connected.send("POST", "/custom-rules", rule | {"integrationId": elsewhere})
    stored = await connected.send("POST", "/custom-rules", rule)

    async def protects(expected: set[tuple[int, str]]) -> None:
        async def shown() -> bool:
            return await protected_ids(connected) == expected

        await eventually(shown, within_s=30)

    await protects({place})
    await connected.send("PUT", f"/custom-rules/{stored['id']}", rule | {"enabled": False})
    await protects(set())
    await connected.send("PUT", f"/custom-rules/{stored['id']}", rule | {"enabled": True})
    await protects({place})
    await connected.send("DELETE", f"/custom-rules/{stored['id']}")
    await protects(set())


async def test_weights_decide_what_a_score_is_made_of(connected: RunningSystem) -> None:
    only_size = {factor["key"]: 0 for factor in await connected.get("/scoring-factor-weights")} | {"file_size": 10}

    await connected.send("PUT", "/scoring-factor-weights", only_size)

    async def by_size() -> bool:
        preview = await connected.get("/preview")
        scores = {item["sizeBytes"]: item["score"] for item in preview}
        return all(item["score"] == item["factors"].get("size") for item in preview) and len(scores) > 1

    await eventually(by_size, within_s=30)


async def test_nonsense_is_refused_by_gateway_and_engine_together(connected: RunningSystem) -> None:
    (integration, *_) = await connected.get("/integrations")
    whole: dict[str, Any] = {"field": "title", "operator": "regex", "value": "x", "effect": "always_keep"}
    nonsense = (
        {"value": "("},
        {"value": "(a{1000}){1000}"},
        {"value": r"\p{L}{500}"},
        {"value": "(?<=a)b"},
        {"value": "x" * 100_000},
        {"field": "size"},
        {"operator": "gt"},
        {"field": "rating", "operator": "lt"},
        {"effect": "keep"},
        {"integrationId": 999_999},
    )

    async with connected.client() as client:
        for wrong in nonsense:
            answer = await client.post("/custom-rules", json=whole | {"integrationId": integration["id"]} | wrong)
            assert (answer.status_code, list(answer.json())) == (400, ["error"]), wrong

    assert await connected.get("/custom-rules") == []
    assert all("Traceback" not in process.log for process in connected.processes.values())
