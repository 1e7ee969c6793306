"""Health between the reads: who is probed when, what is told, and what a recovery sets off (integrations.md 17.2)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from faststream.nats import NatsBroker
from prometheus_client import CollectorRegistry
from sqlalchemy import select, text, update

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType, SnapshotState
from libs.common.events.envelope import Envelope
from libs.common.locks.leases import acquire
from libs.common.messaging.subjects import event_subject
from libs.common.messaging.transient import Transient
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from services.sync.health.connections import Connections
from services.sync.health.prober import LEASE, Prober
from services.sync.health.report import report_failure, report_success
from services.sync.health.rules import Failure
from services.sync.upstreams import Upstreams
from tests.harness.bus import running_broker
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.rows import BOX, House

pytestmark = pytest.mark.service

DOWN = FaultRule(kind=FaultKind.STATUS, status=500)
BAD_KEY = FaultRule(kind=FaultKind.STATUS, status=401)


class Watch:
    """Replicas that probe the simulated town, and the calls that reach it."""

    def __init__(self, house: House, clock: JumpingClock, broker: NatsBroker, town: SimulatorServer) -> None:
        self.house = house
        self.clock = clock
        self.town = town
        self.registry = CollectorRegistry()
        self.prober = self.replica(broker, self.registry)
        self.calls = FaultRule(kind=FaultKind.LATENCY, seconds=0)
        self.heal()

    def replica(self, broker: NatsBroker, registry: CollectorRegistry) -> Prober:
        connections = Connections(Upstreams(BOX, allow_loopback=True), deadline_s=2.0)
        return Prober(self.house.db, self.clock, connections, Transient(broker, "sync"), registry, str(uuid4()))

    def fail(self, rule: FaultRule) -> None:
        """From now on every call goes wrong like this."""
        self.town.heal()
        self.town.break_calls(FaultRule(kind=rule.kind, status=rule.status, retry_after=rule.retry_after))

    def heal(self) -> None:
        """From now on every call succeeds, and is counted anew."""
        self.town.heal()
        self.calls = self.town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=0))

    async def look(self, after_s: float = 0) -> int:
        """Let business time pass, then look once."""
        self.clock.jump(seconds=after_s)
        return await self.prober.look_once()

    async def fail_three_times(self) -> None:
        """The shortest outage that is announced."""
        for pause_s in (0, 16, 31):
            assert await self.look(pause_s) == 1

    def counted(self, kind: str, outcome: str) -> float:
        return self.registry.get_sample_value("capacitarr_probes_total", {"type": kind, "outcome": outcome}) or 0


@pytest.fixture
async def broker(nats_url: str) -> AsyncIterator[NatsBroker]:
    async with running_broker(nats_url) as connected:
        yield connected


@pytest.fixture
def watch(house: House, clock: JumpingClock, broker: NatsBroker, town: SimulatorServer) -> Watch:
    return Watch(house, clock, broker, town)


async def reads_of(house: House, integration_id: int) -> list[SnapshotState]:
    rows = await house.rows(
        select(m.Snapshot.state).where(m.Snapshot.integration_id == integration_id).order_by(m.Snapshot.id)
    )
    return [row.state for row in rows]


async def test_T109_new_integration_is_probed_at_once_and_then_every_two_minutes(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))

    asked = [await watch.look(), await watch.look(100), await watch.look(21), await watch.look(100)]

    row = await house.source(radarr)
    assert asked == [1, 0, 1, 0]
    assert timedelta(seconds=107) < row.next_probe_at - row.last_sync <= timedelta(seconds=120)
    assert (row.consecutive_failures, row.last_error) == (0, "")
    assert watch.counted("radarr", "ok") == 2
    assert await house.events() == []


async def test_T111_third_failure_in_a_row_announces_the_outage_once_and_the_first_success_ends_it(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    watch.fail(DOWN)

    await watch.look()
    after_one = await house.events()
    await watch.look(16)
    after_two = await house.events()
    for _ in range(3):
        await watch.look(61)
    failing = await house.source(radarr)
    watch.heal()
    await watch.look(61)
    await watch.look(121)

    assert after_one == after_two == []
    assert failing.consecutive_failures == 5
    assert await house.events() == ["integration_test_failed", "integration_recovered"]
    assert (await house.source(radarr)).consecutive_failures == 0
    assert (watch.counted("radarr", "failed"), watch.counted("radarr", "ok")) == (5, 2)


async def test_pause_grows_with_the_failures_up_to_a_minute(house: House, watch: Watch, town: SimulatorServer) -> None:
    await house.connect(town.instance("radarr"))
    watch.fail(DOWN)

    asked = [await watch.look(pause_s) for pause_s in (0, 14, 2, 28, 3, 44, 2, 58, 3, 58, 3)]

    assert asked == [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]


async def test_first_success_after_a_single_failure_is_told_although_no_outage_was(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    await house.connect(town.instance("radarr"))
    watch.fail(DOWN)
    await watch.look()
    watch.heal()

    await watch.look(16)

    assert await house.events() == ["integration_recovered"]


async def test_refused_key_is_announced_like_any_outage_and_then_tried_every_ten_minutes(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    await house.connect(town.instance("radarr"))
    watch.fail(BAD_KEY)

    await watch.fail_three_times()
    asked = [await watch.look(pause_s) for pause_s in (61, 530, 10, 590, 11)]

    assert asked == [0, 0, 1, 0, 1]
    assert await house.events() == ["integration_test_failed"]


@pytest.mark.parametrize(
    ("rule", "error_class"),
    [
        (FaultRule(kind=FaultKind.STATUS, status=429, retry_after=1), "rate_limited"),
        (FaultRule(kind=FaultKind.STATUS, status=503, retry_after=30), "starting"),
    ],
    ids=["busy", "starting"],
)
async def test_source_that_is_busy_or_starts_is_shown_and_is_not_down(
    house: House, watch: Watch, town: SimulatorServer, rule: FaultRule, error_class: str
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await watch.look()
    watch.fail(rule)

    asked = [await watch.look(pause_s) for pause_s in (121, 121)]
    row = await house.source(radarr)
    watch.heal()
    await watch.look(121)

    assert asked == [1, 1]
    assert (row.consecutive_failures, row.last_error_class) == (0, error_class)
    assert row.last_error
    assert (await house.source(radarr)).last_error == ""
    assert await house.events() == []
    assert watch.counted("radarr", "tolerated") == 2


@pytest.mark.parametrize("gone", [{"enabled": False}, {"removed_at": "now"}], ids=["disabled", "removed"])
async def test_T110_disabled_or_removed_integration_is_asked_no_more(
    house: House, watch: Watch, town: SimulatorServer, gone: dict[str, object]
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    watch.fail(DOWN)
    for pause_s in (0, 16):
        await watch.look(pause_s)
    before = await house.source(radarr)
    values = {name: house.now if value == "now" else value for name, value in gone.items()}
    await house.execute(update(m.Integration).values(values))
    watch.heal()

    asked = [await watch.look(pause_s) for pause_s in (31, 600)]

    assert asked == [0, 0]
    assert watch.calls.hits == 0
    assert (await house.source(radarr)).consecutive_failures == before.consecutive_failures == 2
    assert await house.events() == []


@pytest.mark.parametrize("change", [{"enabled": False}, {"name": "Renamed"}], ids=["disabled", "saved"])
async def test_T110_what_a_probe_finds_about_a_former_configuration_is_dropped(
    house: House, watch: Watch, town: SimulatorServer, change: dict[str, object]
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    town.heal()
    hang = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=60))
    looking = asyncio.create_task(watch.look())
    await eventually(lambda: hang.hits == 1)

    await house.execute(update(m.Integration).values(**change, updated_at=house.now + timedelta(seconds=1)))
    town.heal()
    await looking

    row = await house.source(radarr)
    assert (row.last_sync, row.next_probe_at) == (None, None)
    assert watch.counted("radarr", "outdated") == 1


async def test_T108_edited_address_is_probed_at_once_and_the_former_one_no_more(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    sonarr = town.instance("sonarr")
    radarr = await house.connect(town.instance("radarr"))
    await watch.look()
    edited = {"url": sonarr["url"], "api_key": BOX.seal(sonarr["apiKey"]), "type": IntegrationType.SONARR}
    saved_at = house.now + timedelta(seconds=1)
    await house.execute(update(m.Integration).values(**edited, next_probe_at=None, updated_at=saved_at))
    town.heal()
    former = town.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance="radarr"))

    asked = await watch.look(1)

    assert asked == 1
    assert former.hits == 0
    assert (await house.source(radarr)).consecutive_failures == 0


async def test_end_of_an_outage_asks_for_a_read_of_the_source(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    radarr, sonarr = await house.connect(town.instance("radarr")), await house.connect(town.instance("sonarr"))
    await watch.look()
    town.heal()
    town.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance="radarr"))
    for pause_s in (121, 16, 31):
        await watch.look(pause_s)
    watch.heal()

    during = await reads_of(house, radarr)
    await watch.look(61)
    await watch.look(121)

    assert during == []
    assert await reads_of(house, radarr) == [SnapshotState.REQUESTED]
    assert await reads_of(house, sonarr) == []


@pytest.mark.parametrize(
    ("failed_ago_s", "reads"),
    [(130, [SnapshotState.FAILED, SnapshotState.REQUESTED]), (20, [SnapshotState.FAILED])],
    ids=["long ago", "just now"],
)
async def test_failed_read_is_repeated_after_a_recovery_unless_it_has_just_failed(
    house: House, watch: Watch, town: SimulatorServer, failed_ago_s: float, reads: list[SnapshotState]
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await house.ended(radarr, SnapshotState.FAILED)
    await house.execute(update(m.Integration).values(consecutive_failures=1, last_error="broken"))

    await watch.look(failed_ago_s)

    assert await reads_of(house, radarr) == reads
    assert await house.events() == ["integration_recovered"]


async def test_ailing_source_must_prove_its_key_before_it_counts_as_well(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await watch.look()
    await house.execute(
        update(m.Integration).values(consecutive_failures=1, last_error="bad key", next_probe_at=house.now)
    )
    town.heal()
    status = town.break_calls(FaultRule(kind=FaultKind.STATUS, status=401, path_glob="*/system/status"))

    await watch.look(1)

    assert status.hits == 1
    assert (await house.source(radarr)).consecutive_failures == 2


async def test_two_replicas_probe_each_source_once(
    house: House, watch: Watch, broker: NatsBroker, town: SimulatorServer
) -> None:
    for number in range(4):
        await house.connect(town.instance("radarr"), name=f"radarr {number}")
    other = watch.replica(broker, CollectorRegistry())
    town.heal()
    slow = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=0.2))

    asked = await asyncio.gather(watch.look(), other.look_once())
    later = await other.look_once()

    assert sorted(asked) == [0, 4]
    assert later == 0
    assert slow.hits == 4


async def test_S24_replica_that_died_while_probing_is_replaced_when_its_lease_has_run_out(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    await house.connect(town.instance("radarr"))
    async with house.db.begin() as tx:
        assert await acquire(tx, LEASE, "died", ttl_s=600)

    meanwhile = await watch.look()
    await house.execute(text("update leases set expires_at = clock_timestamp() - interval '1 second'"))
    afterwards = await watch.look()

    assert (meanwhile, afterwards) == (0, 1)


async def test_T111_failures_that_are_reported_at_the_same_moment_announce_one_outage(
    house: House, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"), consecutive_failures=2, last_error="broken")

    async def report() -> None:
        async with house.db.begin() as tx:
            await report_failure(tx, radarr, Failure("refused", "refused", is_outage=True), house.now)

    await asyncio.gather(*(report() for _ in range(4)))

    assert (await house.source(radarr)).consecutive_failures == 6
    assert await house.events() == ["integration_test_failed"]


async def test_preview_is_outdated_only_when_a_source_begins_or_ends_to_fail(
    house: House, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    refused, found = Failure("refused", "refused", is_outage=True), []

    for failure in (None, refused, refused, None, None):
        before = await house.scalar(select(m.PreviewState.wanted_scoring))
        async with house.db.begin() as tx:
            if failure is None:
                await report_success(tx, radarr, house.now)
            else:
                await report_failure(tx, radarr, failure, house.now)
        found.append(await house.scalar(select(m.PreviewState.wanted_scoring)) - before)

    assert found == [0, 1, 0, 1, 0]


async def test_one_hanging_source_does_not_keep_the_others_from_their_probes(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    radarr, sonarr = await house.connect(town.instance("radarr")), await house.connect(town.instance("sonarr"))
    town.heal()
    hang = town.break_calls(FaultRule(kind=FaultKind.TIMEOUT, instance="radarr"))
    looking = asyncio.create_task(watch.look())

    async def well() -> bool:
        return (await house.source(sonarr)).last_sync is not None

    await eventually(well)
    before = await house.source(radarr)
    await looking

    assert hang.hits == 1
    assert before.consecutive_failures == 0
    assert (await house.source(radarr)).last_error_class == "timeout"


async def test_plan_of_a_clock_that_has_gone_back_since_does_not_silence_the_probes(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    await house.connect(town.instance("radarr"))
    await watch.look()

    asked = await watch.look(-86_400)

    assert asked == 1


async def test_every_probe_of_a_failing_source_is_told_as_an_attempt(
    house: House, watch: Watch, broker: NatsBroker, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"), name="Films")
    heard: list[Envelope] = []

    async def hear(message: object) -> None:
        heard.append(Envelope.model_validate_json(message.data))  # type: ignore[attr-defined]  # a Msg of nats-py

    await broker.connection.subscribe(event_subject("integration", "integration_recovery_attempt"), cb=hear)
    watch.fail(DOWN)
    await watch.fail_three_times()
    watch.heal()
    await watch.look(61)
    await eventually(lambda: len(heard) == 3)

    told = [(one.data["attempt"], one.data["success"], one.data.get("nextRetrySeconds")) for one in heard]
    assert told == [(1, False, 30), (2, False, 45), (3, True, None)]
    assert {one.data["integrationId"] for one in heard} == {radarr}
    assert "Films" in heard[0].message


async def test_jump_of_the_clock_is_noticed_by_the_running_prober(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    running = asyncio.create_task(watch.prober.run())

    async def probed(times: int) -> bool:
        return watch.counted("radarr", "ok") == times

    try:
        await eventually(lambda: probed(1))
        watch.clock.jump(seconds=180)
        await eventually(lambda: probed(2))
    finally:
        running.cancel()
        await asyncio.wait([running])

    assert (await house.source(radarr)).consecutive_failures == 0


async def test_key_sealed_under_a_lost_secret_is_a_failure_of_its_integration_only(
    house: House, watch: Watch, town: SimulatorServer
) -> None:
    lost = await house.connect(town.instance("radarr"))
    sonarr = await house.connect(town.instance("sonarr"))
    await house.execute(update(m.Integration).where(m.Integration.id == lost).values(api_key=b"sealed by another key"))

    asked = await watch.look()

    assert asked == 2
    assert (await house.source(lost)).last_error_class == "auth"
    assert (await house.source(sonarr)).last_error == ""
