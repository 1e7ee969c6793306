"""The running system that tests share: whatever one of them leaves behind, the next one starts from nothing."""

import nats
import pytest

from libs.common.clock import real_now
from libs.common.messaging.topology import EVENTS, STREAMS
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.shared_system import SharedSystem
from tests.harness.system import RunningSystem

BEGINNING = {"login", "api_key_generated", "engine_start", "engine_complete", "deletion_batch_complete"}
RENDERED = {"preview_updated", "analytics_updated"}


@pytest.fixture
async def renewed(shared_system: SharedSystem, connected: RunningSystem, upstreams: SimulatorServer) -> RunningSystem:
    """The system after a test that left work under way, a broken source, other settings and a clock that is ahead."""
    group = (await connected.get("/disk-groups"))[0]
    await connected.send("PATCH", "/preferences/advanced", {"auditLogRetentionDays": 7})
    await connected.send("PUT", f"/disk-groups/{group['id']}", {"thresholdPct": 85, "targetPct": 75, "mode": "auto"})
    await eventually(lambda: connected.get("/deletion-queue"), within_s=30)
    connected.clock.jump(days=40)
    upstreams.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance="sonarr"))
    await connected.send("POST", "/engine/run")

    await shared_system.give_back()
    return await shared_system.take()


async def test_next_test_finds_an_empty_system_with_default_settings(renewed: RunningSystem) -> None:
    for empty in ("/integrations", "/disk-groups", "/deletion-queue", "/engine/holds", "/preview"):
        assert await renewed.get(empty) == [], empty
    assert (await renewed.get("/audit-log"))["total"] == 0
    assert (await renewed.get("/preferences"))["auditLogRetentionDays"] == 30
    assert abs(renewed.clock.now() - real_now()).total_seconds() < 1


async def test_next_test_hears_only_of_its_own_beginning(renewed: RunningSystem) -> None:
    feed = {row["eventType"] for row in await renewed.get("/activity/recent", limit=100)}
    client = await nats.connect(renewed.nats_url)
    try:
        js = client.jetstream()
        states = {stream.name: (await js.stream_info(stream.name)).state for stream in STREAMS}
        first = await js.get_msg(EVENTS.name, states.pop(EVENTS.name).first_seq)
    finally:
        await client.close()

    assert feed <= BEGINNING
    assert (first.subject or "").rpartition(".")[2] in BEGINNING | RENDERED
    assert {name: state.messages for name, state in states.items() if state.messages} == {}
