"""Simulations over the bus: answered from the stored catalogue, and nothing is different afterwards."""

from typing import Any

import pytest
from faststream.nats import NatsBroker
from sqlalchemy import text

from libs.common.domain.enums import ExecutionMode, FactorKey, RuleEffect
from libs.common.messaging.simulation import SIMULATE, AskSimulation, GroupSettings, Simulated, SimulatedRule
from tests.service.engine.asking import Asking
from tests.service.engine.rows import Library

pytestmark = pytest.mark.service


async def everything(library: Library) -> dict[str, Any]:
    """Every row of every table, and where every sequence stands."""
    async with library.db.connect() as conn:
        names = await conn.execute(text("select tablename from pg_tables where schemaname = 'public'"))
        found = {name: (await conn.execute(text(_ALL_ROWS.format(name)))).scalar_one() for name in names.scalars()}
        rows = await conn.execute(text("select sequencename, last_value from pg_sequences order by 1"))
        return found | {"sequences": rows.all()}


_ALL_ROWS = "select coalesce(json_agg(t order by t::text), '[]')::text from {0} t"


def tried() -> AskSimulation:
    """Everything that can be tried at once."""
    rule = SimulatedRule(
        integration_id=1, field="title", operator="regex", value="movie [12]$", effect=RuleEffect.ALWAYS_KEEP
    )
    return AskSimulation(
        weights={FactorKey.FILE_SIZE: 10},
        rules=(rule,),
        groups=(GroupSettings(id=1, threshold_pct=60, target_pct=50, mode=ExecutionMode.AUTO),),
        min_file_age_days=1,
    )


async def test_simulation_leaves_no_trace(library: Library, broker: NatsBroker, asking: Asking) -> None:
    radarr, group = await library.integration(), await library.group()
    assert (radarr, group) == (1, 1)
    for number in range(1, 7):
        await library.item(radarr, group, number)
    await asking.refresh.score(None)
    streams = [(info.config.name, info.state) for info in await broker.connection.jetstream().streams_info()]
    before = await everything(library)

    simulation = (await asking.ask(SIMULATE, tried(), Simulated)).simulation

    assert simulation is not None
    assert [item.title for item in simulation.added.items] == ["Movie 3", "Movie 4", "Movie 5", "Movie 6"]
    assert simulation.newly_protected.total == 2
    assert len(before) > 30
    assert await everything(library) == before
    assert [(info.config.name, info.state) for info in await broker.connection.jetstream().streams_info()] == streams


async def test_simulation_counts_what_is_on_its_way_and_leaves_snoozed_items(library: Library, asking: Asking) -> None:
    radarr, group = await library.integration(), await library.group()
    for number in range(1, 7):
        await library.item(radarr, group, number)
    await library.snooze(radarr, 1)

    simulation = (await asking.ask(SIMULATE, AskSimulation(), Simulated)).simulation

    assert simulation is not None
    (figures,) = simulation.groups
    assert figures.before == figures.after
    assert figures.before.candidates == 2


async def test_rule_that_cannot_be_stored_is_a_fault_with_its_place(library: Library, asking: Asking) -> None:
    bad = SimulatedRule(integration_id=1, field="year", operator="gt", value="soon", effect=RuleEffect.LEAN_KEEP)

    answer = await asking.ask(SIMULATE, AskSimulation(rules=(bad,)), Simulated)

    assert answer.simulation is None
    assert answer.fault is not None
    assert answer.fault.startswith("rules.0.value: ")


async def test_simulation_of_an_empty_library_is_empty(library: Library, asking: Asking) -> None:
    simulation = (await asking.ask(SIMULATE, AskSimulation(), Simulated)).simulation

    assert simulation is not None
    assert simulation.groups == ()


async def test_largest_answer_fits_into_one_message(library: Library, asking: Asking) -> None:
    radarr, group = await library.integration(), await library.group()
    for number in range(1, 401):
        await library.item(radarr, group, number, title="\U0001f600" * 300, size_bytes=10**9)
    rules = tuple(
        SimulatedRule(integration_id=radarr, field="year", operator="equals", value="0", effect=effect)
        for effect in (RuleEffect.ALWAYS_KEEP,)
    )

    answer = await asking.ask(SIMULATE, AskSimulation(rules=rules), Simulated)

    assert answer.simulation is not None
    assert (len(answer.simulation.newly_protected.items), len(answer.simulation.removed.items)) == (200, 165)
