"""Explanations of a running system: they say what the preview says, and what the next run then does."""

from typing import Any

from tests.harness.eventually import eventually
from tests.harness.system import RunningSystem


async def explanation(system: RunningSystem, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await system.get(f"/items/{row['integrationId']}/{row['externalId']}/explain")
    return found


async def test_explanations_agree_with_the_preview_and_with_the_run(connected: RunningSystem) -> None:
    system = connected
    shown = await eventually(lambda: system.get("/preview"))
    asked = [(row, await explanation(system, row)) for row in shown[::7]]

    for row, told in asked:
        assert told["score"] == row["score"]
        assert told["scoreDetails"] == row["scoreFactors"]
        assert told["item"] == row["item"]
        assert {hold["code"] for hold in told["holds"]} == {hold["code"] for hold in row.get("holds", [])}
    tried = await system.send("POST", "/engine/simulate", {})
    await system.run_engine()
    queued = {(job["integrationId"], job["externalId"]) for job in await system.get("/deletion-queue")}
    chosen = {(row["integrationId"], row["externalId"]) for row, told in asked if told["chosen"]}
    others = {(row["integrationId"], row["externalId"]) for row, told in asked if not told["chosen"]}
    assert chosen
    assert chosen <= queued
    assert not others & queued
    assert tried["diskGroups"][0]["before"]["candidates"] == len(queued)
    assert tried["difference"]["added"]["total"] == tried["difference"]["removed"]["total"] == 0
