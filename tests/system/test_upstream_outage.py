"""An upstream goes down and comes back: said once each, live, its library read again without a run, no list changed."""

from collections import Counter
from typing import Any

import pytest

from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.system import RunningSystem
from tests.service.api.sse import Received, Stream, stream

RADARR = "radarr"
OUTAGE_S = (121, 16, 31)
"""Just over the pauses before the first three failed probes."""
STATUSES = ("pending", "rejected", "approved")


async def health(system: RunningSystem) -> dict[str, Any]:
    rows = await system.get("/integrations/health")
    return next(dict(row) for row in rows if row["integrationType"] == RADARR)


async def probed(system: RunningSystem, after_s: float) -> dict[str, Any]:
    """Jump, and wait for the probe that this makes due; answers the health it left."""
    before = await health(system)
    system.clock.jump(seconds=after_s)

    async def asked() -> dict[str, Any] | None:
        now = await health(system)
        return now if now["nextRetryAt"] != before["nextRetryAt"] else None

    return await eventually(asked, within_s=30)


async def frames_of(live: Stream, event: str, count: int = 1) -> list[Received]:
    """The frames of this type, once there are `count`."""

    def found() -> list[Received] | None:
        frames = [frame for frame in live.frames if frame.event == event]
        return frames if len(frames) >= count else None

    return await eventually(found, within_s=30)


async def test_T111_outage_is_said_once_its_end_is_said_once_and_a_read_follows(
    connected: RunningSystem, upstreams: SimulatorServer
) -> None:
    system = connected
    async with system.client() as client, stream(client) as live:
        upstreams.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance=RADARR))
        failures = [(await probed(system, pause_s))["consecutiveFailures"] for pause_s in OUTAGE_S]
        (down,) = await frames_of(live, "integration_test_failed")
        attempts = await frames_of(live, "integration_recovery_attempt", 2)

        upstreams.heal()
        library = upstreams.break_calls(
            FaultRule(kind=FaultKind.LATENCY, seconds=0, instance=RADARR, path_glob="*/api/v3/movie*")
        )
        back = await probed(system, 61)
        await frames_of(live, "integration_recovered")
        await eventually(lambda: library.hits > 0, within_s=30)
        again = await probed(system, 121)

        said = Counter(frame.event for frame in live.frames if frame.event.startswith("integration_"))

    assert failures == [1, 2, 3]
    assert '"name":"Radarr"' in down.data.replace(": ", ":")
    assert len(attempts) == 2
    assert (back["consecutiveFailures"], back["recovering"], back["lastError"]) == (0, False, "")
    assert again["recovering"] is False
    assert said == {"integration_test_failed": 1, "integration_recovery_attempt": 3, "integration_recovered": 1}


FAULTS = {
    "everything-gone": FaultRule(kind=FaultKind.CONNECTION_RESET),
    "radarr-down": FaultRule(kind=FaultKind.STATUS, status=503, instance=RADARR),
    "radarr-empty": FaultRule(kind=FaultKind.EMPTY_LIST, instance=RADARR, path_glob="*/api/v3/movie*"),
    "login-pages": FaultRule(kind=FaultKind.HTML_LOGIN),
}


@pytest.fixture
async def asking(connected: RunningSystem) -> RunningSystem:
    """The engine's questions are listed; a person has put one of them to sleep and added one of their own."""
    (group,) = await connected.get("/disk-groups")
    settings = {"thresholdPct": 85, "targetPct": 75, "mode": "approval"}
    await connected.send("PUT", f"/disk-groups/{group['id']}", settings)
    listed = await eventually(lambda: connected.get("/approval-queue"), within_s=30)
    await connected.send("POST", f"/approval-queue/{listed[0]['id']}/reject")
    targets = {(row["integrationId"], row["externalId"]) for row in listed}
    spared = next(
        item
        for item in reversed(await connected.get("/preview"))
        if item["type"] == "movie" and (item["integrationId"], item["externalId"]) not in targets
    )
    wish = {key: spared[key] for key in ("integrationId", "externalId")} | {"mediaType": "movie", "mediaName": ""}
    await connected.send("POST", "/delete", [wish])
    await connected.run_engine()
    return connected


async def listed_rows(system: RunningSystem) -> list[tuple[Any, ...]]:
    """Who is on the list, since when and until when."""
    columns = ("id", "integrationId", "externalId", "status", "userInitiated", "createdAt", "snoozedUntil", "version")
    rows = [row for status in STATUSES for row in await system.get("/approval-queue", status=status)]
    return sorted(tuple(row.get(column) for column in columns) for row in rows)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_S07_outage_and_its_end_leave_the_approval_queue_and_its_dates_as_they_were(
    asking: RunningSystem, upstreams: SimulatorServer, fault: FaultRule
) -> None:
    before = await listed_rows(asking)
    upstreams.break_calls(fault)

    for _ in range(2):
        asking.clock.jump(hours=1)
        await asking.run_engine()
    during = await listed_rows(asking)
    upstreams.heal()
    await asking.run_engine()

    assert {row[3] for row in before} == {"pending", "rejected"}
    assert {row[4] for row in before} == {True, False}
    assert during == before
    assert await listed_rows(asking) == before
