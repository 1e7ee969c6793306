"""A run that would take too much stops and asks; a person's release lets exactly that much go."""

from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.expectations import candidates_of, deleted_targets
from tests.harness.library import TOTAL_BYTES
from tests.harness.system import RunningSystem


async def test_mass_change_waits_for_a_person_and_then_goes_exactly_as_asked(
    connected: RunningSystem, upstreams: SimulatorServer
) -> None:
    system = connected
    (group,) = await system.get("/disk-groups")
    wanted = candidates_of(await system.get("/preview"), group["usedBytes"] - int(TOTAL_BYTES * 0.75))
    await system.send("PATCH", "/preferences/safety", {"maxDeletePctPerRun": 1})

    await system.send("PUT", f"/disk-groups/{group['id']}", {"thresholdPct": 85, "targetPct": 75, "mode": "auto"})
    (hold,) = await eventually(lambda: system.get("/engine/holds"), within_s=30)
    await system.run_engine()
    queued_while_held = await system.get("/deletion-queue")
    await system.send("POST", f"/engine/holds/{hold['id']}/release")
    await eventually(lambda: system.get("/deletion-queue"), within_s=30)
    await system.skip_grace_period()
    await system.drained()

    assert (hold["code"], hold["breaker"], hold["diskGroupId"]) == ("mass_change", True, group["id"])
    details = hold["details"]
    assert (details["items"], details["bytes"]) == (len(wanted), sum(item["sizeBytes"] for item in wanted))
    assert queued_while_held == []
    assert len(deleted_targets(upstreams.ledger())) == len(wanted)
    feed = await system.get("/activity/recent", limit=100)
    said = [row["eventType"] for row in feed if row["eventType"].startswith("breaker_")]
    assert sorted(said) == ["breaker_released", "breaker_tripped"]
