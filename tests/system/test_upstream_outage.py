"""An upstream goes down and comes back: said once each, live, and its library is read again without a run."""

from collections import Counter
from typing import Any

from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.system import RunningSystem
from tests.service.api.sse import Received, Stream, stream

RADARR = "radarr"
OUTAGE_S = (121, 16, 31)
"""Just over the pauses before the first three failed probes."""


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
