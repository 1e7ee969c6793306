"""What the api asks sync: the manual sync and the connection test, over real HTTP."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import select

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType
from libs.common.messaging.questions import ConnectionTested, SyncResult, TestConnection
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from services.sync.connection_test import ConnectionTester
from services.sync.fetch import PARALLEL_SOURCES, Reader
from services.sync.manual import ManualSync
from services.sync.upstreams import Upstreams
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.rows import BOX, House

pytestmark = pytest.mark.service


@pytest.fixture
def manual(house: House, clock: JumpingClock, reader: Reader) -> ManualSync:
    return ManualSync(house.db, clock, reader)


async def synced(manual: ManualSync) -> dict[str, SyncResult]:
    return {result.name: result for result in (await manual.run()).results}


async def test_every_enabled_integration_is_read_and_answered_oldest_first(
    house: House, manual: ManualSync, town: SimulatorServer
) -> None:
    await house.connect(town.instance("sonarr"), name="first")
    await house.connect(town.instance("radarr"), name="off", enabled=False)
    await house.connect(town.instance("radarr"), name="second")

    results = (await manual.run()).results

    assert [(result.name, result.status, result.media_count) for result in results] == [
        ("first", "ok", 2),
        ("second", "ok", 10),
    ]
    assert {disk.path for disk in results[0].disk_space or ()} == {"/", "/config", "/data/media"}


async def test_T52_manual_sync_makes_groups_by_the_rules_of_a_run(
    house: House, manual: ManualSync, town: SimulatorServer
) -> None:
    await house.connect(town.instance("sonarr"))
    await house.connect(town.instance("radarr"))

    await manual.run()

    assert set(await house.groups()) == {"/data/media"}
    assert await house.rows(select(m.LibraryHistory)) == []


async def test_preview_is_scored_again_after_a_sync_without_a_run(
    house: House, manual: ManualSync, town: SimulatorServer
) -> None:
    await house.connect(town.instance("radarr"))

    await manual.run()

    (state,) = await house.rows(select(m.PreviewState))
    assert state.wanted_scoring > state.scored_scoring


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [("*/system/status", "error", "error"), ("*/diskspace", "ok", "disk_error"), ("*/movie*", "ok", "media_error")],
)
async def test_only_a_failed_test_is_an_error_of_the_integration(
    house: House, manual: ManualSync, town: SimulatorServer, path: str, status: str, field: str
) -> None:
    await house.connect(town.instance("radarr"), name="Films")
    town.break_calls(FaultRule(kind=FaultKind.STATUS, status=401, path_glob=path))

    result = (await synced(manual))["Films"]

    told = {name: getattr(result, name) for name in ("error", "disk_error", "media_error")}
    assert result.status == status
    assert {name for name, text in told.items() if text} == {field}
    assert result.media_count is None


async def test_health_is_fed_by_a_manual_sync(house: House, manual: ManualSync, town: SimulatorServer) -> None:
    radarr = await house.connect(town.instance("radarr"))
    town.break_calls(FaultRule(kind=FaultKind.STATUS, status=401))

    for _ in range(3):
        await manual.run()

    assert (await house.source(radarr)).consecutive_failures == 3
    assert await house.events() == ["integration_test_failed"]


async def test_source_that_is_not_there_is_an_error_row_and_stops_nobody(
    house: House, manual: ManualSync, town: SimulatorServer
) -> None:
    await house.integration(IntegrationType.PLEX, name="Plex")
    await house.connect(town.instance("radarr"), name="Films")

    results = await synced(manual)

    assert results["Plex"].status == "error"
    assert results["Films"].status == "ok"


async def test_read_that_is_under_way_elsewhere_is_waited_for_and_taken(
    house: House, clock: JumpingClock, new_reader: Callable[..., Reader], town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"), name="Films")
    hang = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=30, path_glob="*/movie*"))
    elsewhere = asyncio.create_task(new_reader().read(await house.request(radarr)))
    await eventually(lambda: hang.hits == 1)

    here = new_reader()
    syncing = asyncio.create_task(synced(ManualSync(house.db, clock, here)))
    await eventually(lambda: here.free_places < PARALLEL_SOURCES, every_s=0)
    town.heal()
    result = (await syncing)["Films"]
    await elsewhere

    assert (result.status, result.media_count) == ("ok", 10)
    assert len(await house.rows(select(m.Snapshot))) == 1


async def ask(
    town: SimulatorServer, changes: Mapping[str, str] = MappingProxyType({}), *, deadline_s: float = 10.0
) -> ConnectionTested:
    instance = {**town.instance("radarr"), **changes}
    tester = ConnectionTester(Upstreams(BOX, allow_loopback=True), BOX, deadline_s=deadline_s)
    sealed = base64.b64encode(BOX.seal(instance["apiKey"]))
    question = TestConnection(type=IntegrationType(instance["type"]), url=instance["url"], sealed_key=sealed)
    return await tester.test(TestConnection.model_validate_json(question.model_dump_json()))


async def test_connection_test_names_product_and_version(town: SimulatorServer) -> None:
    answer = await ask(town)

    assert answer.success
    assert "Radarr" in answer.message
    assert answer.app_version


async def test_T113_blanks_around_the_key_and_a_trailing_slash_are_forgiven(town: SimulatorServer) -> None:
    instance = town.instance("radarr")

    answer = await ask(town, {"apiKey": f" {instance['apiKey']}\n", "url": f"{instance['url']}/"})

    assert answer.success


@pytest.mark.parametrize(
    ("changes", "error_class"),
    [
        ({"apiKey": "f" * 32}, "auth"),
        ({"type": "sonarr"}, "wrong_service"),
        ({"url": "http://127.0.0.1:9"}, "refused"),
        ({"url": "127.0.0.1"}, "bad_address"),
        ({"url": "http://user:secret@127.0.0.1"}, "bad_address"),
        ({"url": "http://169.254.169.254"}, "address_refused"),
    ],
    ids=["wrong key", "wrong product", "nobody", "no scheme", "credentials", "metadata address"],
)
async def test_failed_connection_test_says_which_kind(
    town: SimulatorServer, changes: dict[str, str], error_class: str
) -> None:
    answer = await ask(town, changes)

    assert not answer.success
    assert answer.error_class == error_class
    assert answer.error
    assert "secret" not in answer.error


async def test_connection_test_ends_at_its_deadline(town: SimulatorServer) -> None:
    town.break_calls(FaultRule(kind=FaultKind.TIMEOUT))

    answer = await ask(town, deadline_s=0.5)

    assert (answer.success, answer.error_class) == (False, "timeout")


async def test_T112_connection_test_changes_no_health_and_tells_nobody(house: House, town: SimulatorServer) -> None:
    radarr = await house.connect(town.instance("radarr"), consecutive_failures=2, last_error="down")
    before = await house.source(radarr)

    await ask(town)
    await ask(town, {"apiKey": "f" * 32})

    assert await house.source(radarr) == before
    assert await house.events() == []


async def test_person_who_asks_has_a_source_read_that_refused_our_key(
    house: House, manual: ManualSync, town: SimulatorServer
) -> None:
    soon = house.now + timedelta(minutes=9)
    columns = {"last_error": "no", "last_error_class": "auth", "down_announced_at": house.now, "next_probe_at": soon}
    await house.connect(town.instance("radarr"), name="refused", consecutive_failures=3, **columns)

    results = await synced(manual)

    assert (results["refused"].status, results["refused"].media_count) == ("ok", 10)
