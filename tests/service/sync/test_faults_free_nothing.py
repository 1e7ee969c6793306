"""Whatever goes wrong at a source: no item that stayed before is chosen, and none loses its protection (S-06)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import pytest
import stamina
from sqlalchemy import insert, select, update

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, RuleEffect
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from services.engine.evaluation import Evaluation, evaluate
from services.engine.facts import load_facts
from services.engine.gates import doubts_about_sources
from services.engine.runs.queries import sources_of_group
from services.engine.selection.candidates import select_candidates
from services.sync.enrichment.merge import merge_if_outdated
from services.sync.fetch import Reader
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.faulty_sources import DATA, FAULTS, LISTS, all_read, read
from tests.service.sync.rows import House

pytestmark = pytest.mark.service

MAX_AGE = timedelta(hours=48)
BUDGETS = tuple(gib * 1024**3 for gib in (1, 10, 20, 40, 60, 100, 1000))
ARRS = ("radarr", "sonarr")
ENRICHERS = ("plex", "jellyfin", "tautulli", "seerr")
NOTHING_COMES, PART_COMES = ("500", "login page"), ("truncated", "empty page")
"""One fault of each sort: test_source_faults.py has every fault at every system leave all stored facts as they were."""

RULES = {
    "radarr": [
        ("label", "contains", "kids", RuleEffect.LEAN_KEEP),
        ("watchlist", "equals", "true", RuleEffect.LEAN_KEEP),
        ("requested", "equals", "true", RuleEffect.ALWAYS_KEEP),
    ],
    "sonarr": [
        ("lastplayed", "in_last", "400", RuleEffect.ALWAYS_KEEP),
        ("requestcount", "gt", "0", RuleEffect.PREFER_KEEP),
        ("watchlist", "equals", "false", RuleEffect.LEAN_REMOVE),
    ],
}
Target = tuple[int, str]


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@dataclass(frozen=True)
class Decision:
    """What a run in auto would do now: who is protected, and who goes for each byte budget, group by group."""

    protected: frozenset[Target]
    chosen: dict[tuple[int, int], frozenset[Target]]

    @property
    def frees_something(self) -> bool:
        return any(self.chosen.values())

    def frees_more_than(self, other: "Decision") -> dict[tuple[int, int], frozenset[Target]]:
        return {key: more for key, found in self.chosen.items() if (more := found - other.chosen.get(key, frozenset()))}


async def decision(house: House, now: datetime) -> Decision:
    async with house.db.connect() as conn:
        facts = await load_facts(conn, now)
    evaluation = await evaluate(house.db.url, facts)
    groups = [group.id for group in await house.rows(select(m.DiskGroup.id))]
    assert groups
    held = {group: await is_held(house, group, now) for group in groups}
    return Decision(
        protected=frozenset(
            (row["integration_id"], row["external_id"])
            for row in evaluation.ranked.filter(evaluation.ranked["protected"]).iter_rows(named=True)
        ),
        chosen={
            (group, budget): frozenset() if held[group] else chosen(evaluation, group, budget)
            for group in groups
            for budget in BUDGETS
        },
    )


async def is_held(house: House, group_id: int, now: datetime) -> bool:
    async with house.db.begin() as tx:
        return bool(doubts_about_sources(await sources_of_group(tx, group_id, ()), now, MAX_AGE))


def chosen(evaluation: Evaluation, group_id: int, budget: int) -> frozenset[Target]:
    found = select_candidates(evaluation.ranked, group_id, budget, ExecutionMode.AUTO).chosen
    return frozenset(zip(found["integration_id"], found["external_id"], strict=True))


async def settled(house: House, new_reader: Callable[..., Reader], crew: SimulatorServer) -> dict[str, int]:
    """Everything read, rules made, and evidence asked of a third of the weight: so that something may go at all."""
    ids = await all_read(house, new_reader(), crew, (*ARRS, *ENRICHERS))
    await house.execute(update(m.Preferences).values(evidence_min_weight_pct=30))
    stamps = {"created_at": house.now, "updated_at": house.now}
    for key, rules in RULES.items():
        for field, operator, value, effect in rules:
            rule = {"integration_id": ids[key], "field": field, "operator": operator, "value": value, "effect": effect}
            await house.execute(insert(m.CustomRule).values(rule | stamps))
    return ids


async def test_S06_S07_fault_at_the_sources_that_enrich_changes_no_decision(
    house: House, new_reader: Callable[..., Reader], crew: SimulatorServer, clock: JumpingClock
) -> None:
    ids = await settled(house, new_reader, crew)
    before = await decision(house, clock.now())
    assert before.protected
    assert before.frees_something

    for name in (*NOTHING_COMES, *PART_COMES):
        await read_broken(house, new_reader(deadline_s=1.5), crew, {key: ids[key] for key in ENRICHERS}, FAULTS[name])
        await merge_if_outdated(house.db, clock.now(), patiently=False)

        assert await decision(house, clock.now()) == before, name


async def test_S06_fault_at_the_sources_of_items_frees_nothing_at_all(
    house: House, new_reader: Callable[..., Reader], crew: SimulatorServer, clock: JumpingClock
) -> None:
    ids = await settled(house, new_reader, crew)
    before = await decision(house, clock.now())

    for name in (*NOTHING_COMES, "truncated"):
        await read_broken(house, new_reader(deadline_s=1.5), crew, {key: ids[key] for key in ARRS}, FAULTS[name])
        await merge_if_outdated(house.db, clock.now(), patiently=False)

        during = await decision(house, clock.now())
        assert during.protected == before.protected, name
        assert not during.frees_something, name


@pytest.mark.parametrize("key", ["plex", "seerr"])
async def test_S06_source_that_fails_for_days_frees_nothing_that_a_fresh_one_would_keep(
    house: House, new_reader: Callable[..., Reader], crew: SimulatorServer, clock: JumpingClock, key: str
) -> None:
    ids = await settled(house, new_reader, crew)
    clock.jump(hours=49)
    crew.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance=key))
    for integration_id in ids.values():
        await read(house, new_reader(), integration_id)
    await merge_if_outdated(house.db, clock.now(), patiently=False)
    during = await decision(house, clock.now())
    crew.heal()

    await read(house, new_reader(), ids[key])
    await merge_if_outdated(house.db, clock.now(), patiently=False)
    healed = await decision(house, clock.now())

    assert during.protected >= healed.protected
    assert during.frees_more_than(healed) == {}
    assert healed.frees_something


async def read_broken(
    house: House, reader: Reader, crew: SimulatorServer, ids: dict[str, int], fault: FaultRule
) -> None:
    """Every one of these sources read with the fault."""
    for key, integration_id in ids.items():
        crew.break_calls(msgspec.structs.replace(fault, instance=key, path_glob=(DATA | LISTS)[key]))
        await read(house, reader, integration_id)
    crew.heal()
