"""All eleven systems side by side, two Sonarr and two Radarr among them: the catalogue says what is true."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from libs.common.clock import real_now
from libs.common.domain.enums import IntegrationType
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from libs.simulator.true_audience import TrueEnrichment, true_enrichment
from tests.harness.eventually import eventually
from tests.harness.system import RunningSystem

_ITEMS = text(
    """
    select g.url, i.external_id, i.media_type, i.play_count, i.last_played, i.watched_by_users, i.requested,
           i.requested_by, i.request_count, i.watched_by_requestor, i.on_watchlist, i.labels, i.collections
      from media_items i join integrations g on g.id = i.integration_id
     where i.media_type in ('movie', 'show', 'season')
    """
)
_OUTDATED = text(
    "select wanted > merged or exists (select from snapshots where state in ('requested', 'reading')) "
    "from enrichment_state"
)


@pytest.fixture
def upstreams() -> Iterator[SimulatorServer]:
    """The small library and its audience. Nobody watched today, because a count by the day is dated to its end."""
    with SimulatorServer(generate("small", 11, real_now() - timedelta(days=2))) as server:
        yield server


async def rows(system: RunningSystem, statement: Any) -> list[Any]:
    engine = create_async_engine(system.database_url)
    try:
        async with engine.connect() as conn:
            return list(await conn.execute(statement))
    finally:
        await engine.dispose()


async def read_everything(system: RunningSystem, upstreams: SimulatorServer) -> None:
    """Connect all systems, let each be read, and wait for the merge."""
    instances = [upstreams.instance(key) for key in upstreams.world.systems]
    assert {instance["type"] for instance in instances} == {kind.value for kind in IntegrationType}
    await system.connect(instances)
    results = (await system.send("POST", "/integrations/sync"))["results"]
    assert {row["name"]: row.get("error") or row.get("mediaError") for row in results} == dict.fromkeys(
        instance["name"] for instance in instances
    )

    async def merged() -> bool:
        return not (await rows(system, _OUTDATED))[0][0]

    await eventually(merged, within_s=60)


def told(item: Any) -> TrueEnrichment:
    """An item of the catalogue in the words of the truth."""
    return TrueEnrichment(
        instance=item.url.rpartition("/")[2],
        external_id=item.external_id,
        play_count=item.play_count,
        last_played=item.last_played,
        watched_by=sorted(item.watched_by_users),
        requested=item.requested,
        requested_by=item.requested_by,
        request_count=item.request_count,
        watched_by_requestor=item.watched_by_requestor,
        on_watchlist=item.on_watchlist,
        labels=sorted(label.lower() for label in item.labels),
        collections=sorted(item.collections),
    )


def differences(found: TrueEnrichment, true: TrueEnrichment) -> list[str]:
    """The fields that are wrong, one line each."""
    return [
        f"{true.instance} {true.external_id} {name}: {getattr(found, name)!r}, truly {getattr(true, name)!r}"
        for name in TrueEnrichment.__struct_fields__
        if getattr(found, name) != getattr(true, name)
    ]


async def test_every_enriched_field_of_every_item_equals_the_truth(
    system: RunningSystem, upstreams: SimulatorServer
) -> None:
    await read_everything(system, upstreams)

    found = {(item.instance, item.external_id): item for item in map(told, await rows(system, _ITEMS))}
    truth = {(item.instance, item.external_id): item for item in true_enrichment(upstreams.world)}

    assert set(found) == set(truth)
    wrong = [line for key in sorted(truth) for line in differences(found[key], truth[key])]
    assert wrong == []
    assert sum(item.play_count or 0 for item in truth.values()) > 1_000
    assert any(item.on_watchlist for item in truth.values())
    assert any(item.labels for item in truth.values())
    assert any(item.watched_by_requestor for item in truth.values())
