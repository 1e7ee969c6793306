"""A disk group in approval, end to end: nothing goes but what a person says, and what they put to sleep sleeps."""

from typing import Any

from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.expectations import candidates_of, delete_calls, deleted_targets
from tests.harness.library import TOTAL_BYTES
from tests.harness.system import RunningSystem


async def test_exactly_the_approved_item_goes_and_a_rejected_one_is_left_alone(
    connected: RunningSystem, upstreams: SimulatorServer
) -> None:
    system = connected
    (group,) = await system.get("/disk-groups")
    wanted = candidates_of(await system.get("/preview"), group["usedBytes"] - int(TOTAL_BYTES * 0.75))
    settings = {"thresholdPct": 85, "targetPct": 75, "mode": "approval"}
    await system.send("PUT", f"/disk-groups/{group['id']}", settings)
    listed: list[dict[str, Any]] = await eventually(lambda: system.get("/approval-queue"), within_s=30)
    approved, rejected = listed[0], listed[1]

    await system.send("POST", f"/approval-queue/{approved['id']}/approve")
    await system.send("POST", f"/approval-queue/{rejected['id']}/reject")
    for _ in range(2):
        await system.run_engine()
        await system.skip_grace_period()
        await system.drained()

    kinds = {row["id"]: row["type"] for row in await system.get("/integrations")}
    assert sorted(row["mediaName"] for row in listed) == sorted(item["title"] for item in wanted)
    assert deleted_targets(upstreams.ledger()) == [(kinds[approved["integrationId"]], approved["externalId"])]
    assert len(delete_calls(upstreams.ledger())) == 1
    (deleted,) = (await system.get("/audit-log", action="deleted"))["data"]
    assert (deleted["mediaName"], deleted["trigger"]) == (approved["mediaName"], "approval")
    assert [row["id"] for row in await system.get("/approval-queue", status="rejected")] == [rejected["id"]]
    waiting = {row["externalId"] for row in await system.get("/approval-queue", status="pending")}
    assert {approved["externalId"], rejected["externalId"]} & waiting == set()
    assert await system.get("/approval-queue", status="approved") == []
    assert await system.get("/deletion-queue") == []
