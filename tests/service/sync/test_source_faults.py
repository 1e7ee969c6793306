"""Whatever goes wrong at a source: what was known stays, says how old it is, and nothing gets worse."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
import stamina
from sqlalchemy import select

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType, SnapshotState
from libs.simulator.faults import PAGE_FAULTS, FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from services.sync.enrichment.merge import merge_if_outdated
from services.sync.fetch import Reader
from tests.service.sync.faulty_sources import DATA, FAULTS, HARMLESS, HARMLESS_AT, LISTS, all_read, read
from tests.service.sync.rows import House

pytestmark = pytest.mark.service

FACTS = (
    "play_count",
    "last_played",
    "watched_by_users",
    "requested",
    "requested_by",
    "request_count",
    "watched_by_requestor",
    "on_watchlist",
    "labels",
    "collections",
)
EVIDENCE = ("watch_evidence_at", "request_evidence_at")


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


def facts(catalogue: dict[tuple[int, str], dict[str, Any]]) -> dict[tuple[int, str], dict[str, Any]]:
    return {key: {name: item[name] for name in FACTS} for key, item in catalogue.items()}


def evidence(catalogue: dict[tuple[int, str], dict[str, Any]]) -> dict[tuple[int, str, str], datetime | None]:
    return {(*key, name): item[name] for key, item in catalogue.items() for name in EVIDENCE}


@pytest.mark.parametrize("key", DATA)
async def test_S05_S06_S07_S08_T72_T73_T74_a_fault_leaves_every_fact_and_makes_none_fresher(
    house: House, new_reader: Callable[..., Reader], crew: SimulatorServer, key: str
) -> None:
    ids = await all_read(house, new_reader(), crew)
    before = await house.catalogue()
    secret = crew.instance(key)["apiKey"]
    assert any(item["play_count"] for item in before.values())
    assert any(item["request_count"] for item in before.values())

    for name, fault in FAULTS.items():
        crew.break_calls(msgspec.structs.replace(fault, instance=key, path_glob=DATA[key]))
        snapshot = await read(house, new_reader(deadline_s=1.5), ids[key])
        await merge_if_outdated(house.db, house.now + timedelta(minutes=1), patiently=False)
        crew.heal()

        during = await house.catalogue()
        assert facts(during) == facts(before), f"{key} {name}"
        if snapshot.state is SnapshotState.COMPLETE:
            assert name in HARMLESS or (key, name) in HARMLESS_AT, f"{key} {name} was not noticed"
            before = during
            continue
        assert snapshot.error_class, f"{key} {name}"
        assert any(word in snapshot.error for word in (f"My {key}", key.title(), "127.0.0.1", "Only a part")), name
        assert secret not in snapshot.error
        own = IntegrationType(crew.instance(key)["type"])
        column = "request_evidence_at" if own is IntegrationType.SEERR else "watch_evidence_at"
        assert [item[column] for item in during.values()] == [item[column] for item in before.values()], f"{key} {name}"
        broken = await house.rows(
            select(m.SourceReading.error, m.SourceReading.failed_at).where(
                m.SourceReading.integration_id == ids[key], m.SourceReading.failed_at.is_not(None)
            )
        )
        assert broken, f"{key} {name}"
        assert not [row for row in broken if secret in row.error]


@pytest.mark.parametrize("key", LISTS)
async def test_S06_S08_S09_a_fault_at_a_source_of_items_leaves_all_of_them_and_their_facts(
    house: House, new_reader: Callable[..., Reader], crew: SimulatorServer, key: str
) -> None:
    ids = await all_read(house, new_reader(), crew)
    before = await house.catalogue()
    secret = crew.instance(key)["apiKey"]
    unpaged = {name: rule for name, rule in FAULTS.items() if rule.kind not in PAGE_FAULTS}

    for name, fault in {**unpaged, "empty list": FaultRule(kind=FaultKind.EMPTY_LIST)}.items():
        crew.break_calls(msgspec.structs.replace(fault, instance=key, path_glob=LISTS[key]))
        snapshot = await read(house, new_reader(deadline_s=1.5), ids[key])
        await merge_if_outdated(house.db, house.now + timedelta(minutes=1), patiently=False)
        crew.heal()

        during = await house.catalogue()
        assert facts(during) == facts(before), f"{key} {name}"
        assert (snapshot.state is SnapshotState.FAILED) == (name not in HARMLESS), f"{key} {name}"
        assert secret not in snapshot.error


@pytest.mark.parametrize("key", DATA)
async def test_T72_a_source_that_is_gone_from_the_start_leaves_its_facts_unknown(
    house: House, new_reader: Callable[..., Reader], crew: SimulatorServer, key: str
) -> None:
    sources = {"radarr", "sonarr"}
    for each in sources:
        await read(house, new_reader(), await house.connect(crew.instance(each)))
    crew.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance=key))
    snapshot = await read(house, new_reader(), await house.connect(crew.instance(key)))
    await merge_if_outdated(house.db, house.now, patiently=False)

    items = (await house.catalogue()).values()
    assert snapshot.state is SnapshotState.FAILED
    assert [item["play_count"] for item in items] == [None] * len(items)
    assert [item["watch_evidence_at"] for item in items] == [None] * len(items)
    assert [item["requested"] for item in items] == [None] * len(items)
    assert [item["on_watchlist"] for item in items] == [None] * len(items)
