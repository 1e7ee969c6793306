"""The sync service as a process: work over NATS, questions, two replicas, and kills."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import nats
import pytest
from faststream.nats import NatsBroker
from sqlalchemy import func, text, update

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType, SnapshotState
from libs.common.messaging import topology
from libs.common.messaging.questions import (
    FORGET_RULE_VALUES,
    RULE_VALUES,
    SYNC_ALL,
    TEST_CONNECTION,
    AskRuleValues,
    ConnectionTested,
    ForgetRuleValues,
    RuleValuesFound,
    SyncAll,
    SyncedAll,
    TestConnection,
)
from libs.common.messaging.rpc import ask
from libs.common.messaging.work import SyncIntegration, publish_work
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.harness.processes import ServiceProcess
from tests.service.sync.rows import BOX, SECRET_KEY, House

pytestmark = pytest.mark.service

Start = Callable[[str], ServiceProcess]


@pytest.fixture
def start(tmp_path: Path, database_url: str, nats_url: str, clock: JumpingClock) -> Iterator[Start]:
    """Starts a replica of sync and waits until it is ready."""
    started: list[ServiceProcess] = []
    environment = {
        "DATABASE_URL": database_url,
        "NATS_URL": nats_url,
        "SECRET_KEY": SECRET_KEY,
        "CLOCK_FILE": str(clock.path),
    }

    def begin(label: str) -> ServiceProcess:
        process = ServiceProcess("sync", label, tmp_path, environment)
        started.append(process)
        process.start()
        process.wait_ready()
        return process

    yield begin
    for process in started:
        process.stop()


@pytest.fixture
async def broker(nats_url: str) -> AsyncIterator[NatsBroker]:
    client = await nats.connect(nats_url)
    await topology.apply(client.jetstream())
    await client.close()
    async with NatsBroker(nats_url) as connected:
        yield connected


async def ended(house: House, snapshot_id: int, within_s: float = 20.0) -> m.Snapshot:
    async def over() -> m.Snapshot | None:
        row: m.Snapshot = await house.snapshot(snapshot_id)
        return row if row.state in {SnapshotState.COMPLETE, SnapshotState.FAILED} else None

    found = await eventually(over, within_s=within_s)
    assert found is not None
    return found


async def test_work_message_starts_the_read_of_its_row(
    house: House, start: Start, broker: NatsBroker, town: SimulatorServer
) -> None:
    start("sync")
    radarr = await house.connect(town.instance("radarr"))
    snapshot_id = await house.request(radarr)

    await publish_work(broker, SyncIntegration(snapshot_id=snapshot_id))

    assert (await ended(house, snapshot_id)).state is SnapshotState.COMPLETE
    js = broker.connection.jetstream()

    async def acknowledged() -> bool:
        worker = topology.SYNC_WORKER
        info = await js.consumer_info(worker.stream.name, worker.durable)
        return bool(info.num_pending == 0 and info.num_ack_pending == 0)

    assert await eventually(acknowledged)


async def test_two_replicas_read_each_source_once(
    house: House, start: Start, broker: NatsBroker, town: SimulatorServer
) -> None:
    for label in ("one", "two"):
        start(label)
    watched = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=0.2, path_glob="*/movie*"))
    sources = [await house.connect(town.instance("radarr"), name=f"radarr {n}") for n in range(6)]
    snapshots = [await house.request(source) for source in sources]

    for snapshot_id in [*snapshots, *snapshots]:
        await publish_work(broker, SyncIntegration(snapshot_id=snapshot_id))
    states = [(await ended(house, snapshot_id)).state for snapshot_id in snapshots]

    assert states == [SnapshotState.COMPLETE] * 6
    assert watched.hits == 6


async def test_S24_killed_in_the_middle_of_a_read_leaves_the_former_snapshot_and_another_replica_takes_over(
    house: House, start: Start, broker: NatsBroker, town: SimulatorServer
) -> None:
    first = start("first")
    radarr = await house.connect(town.instance("radarr"))
    former = await house.request(radarr)
    await publish_work(broker, SyncIntegration(snapshot_id=former))
    await ended(house, former)
    before = await house.catalogue()
    hang = town.break_calls(FaultRule(kind=FaultKind.SLOW_DRIP, seconds=60, path_glob="*/movie*"))
    snapshot_id = await house.request(radarr)
    await publish_work(broker, SyncIntegration(snapshot_id=snapshot_id))
    await eventually(lambda: hang.hits > 0)

    first.kill()
    town.heal()
    left = await house.snapshot(snapshot_id)
    between = await house.catalogue()
    start("second")
    await house.execute(update(m.Snapshot).values(lease_until=func.clock_timestamp() - text("interval '1 second'")))
    await publish_work(broker, SyncIntegration(snapshot_id=snapshot_id))

    assert left.state is SnapshotState.READING
    assert between == before
    assert (await ended(house, snapshot_id)).state is SnapshotState.COMPLETE
    assert await house.catalogue() == before


async def test_stopped_in_the_middle_of_a_read_gives_it_back_at_once(
    house: House, start: Start, broker: NatsBroker, town: SimulatorServer
) -> None:
    process = start("sync")
    radarr = await house.connect(town.instance("radarr"))
    hang = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=60, path_glob="*/movie*"))
    snapshot_id = await house.request(radarr)
    await publish_work(broker, SyncIntegration(snapshot_id=snapshot_id))
    await eventually(lambda: hang.hits > 0)

    await asyncio.to_thread(process.stop)

    assert process.process is not None
    assert process.process.returncode == 0
    assert (await house.snapshot(snapshot_id)).state is SnapshotState.REQUESTED


async def test_questions_of_the_api_are_answered(
    house: House, start: Start, broker: NatsBroker, town: SimulatorServer
) -> None:
    start("sync")
    instance = town.instance("radarr")
    await house.connect(instance, name="Films")
    sealed = base64.b64encode(BOX.seal(instance["apiKey"]))
    question = TestConnection(type=IntegrationType.RADARR, url=instance["url"], sealed_key=sealed)

    tested = await ask(broker, TEST_CONNECTION, question, ConnectionTested, timeout_s=15)
    synced = await ask(broker, SYNC_ALL, SyncAll(), SyncedAll, timeout_s=30)

    assert tested.success
    assert [(result.name, result.media_count) for result in synced.results] == [("Films", 10)]


async def test_manual_sync_has_every_replica_forget_rule_values(
    house: House, town: SimulatorServer, start: Start, broker: NatsBroker
) -> None:
    start("alone")
    radarr = await house.connect(town.instance("radarr"))
    question = AskRuleValues(integration_id=radarr, matter="tag")
    heard = await broker.connection.subscribe(FORGET_RULE_VALUES)
    assert (await ask(broker, RULE_VALUES, question, RuleValuesFound, timeout_s=15)).error == ""

    await ask(broker, SYNC_ALL, SyncAll(), SyncedAll, timeout_s=30)

    told = ForgetRuleValues.model_validate_json((await heard.next_msg(timeout=5)).data)
    assert told == ForgetRuleValues(integration_id=None)
