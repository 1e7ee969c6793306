"""What the owner chose is changed by the owner only: no outage, kill or start writes to it (S-23)."""

import pytest
from sqlalchemy import text

from libs.common.db import Database
from libs.common.db.migrate import migrate
from libs.local.nats import EmbeddedNats
from libs.local.postgres import EmbeddedPostgres
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.harness.processes import SERVICES
from tests.harness.system import RunningSystem

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

LONGER_THAN_A_GROUP_MAY_BE_GONE = {"days": 10}

_CHOICES = {
    "preferences": "select p::text from preferences p",
    "weights": "select w::text from factor_weights w order by factor_key",
    "rules": "select r::text from custom_rules r order by id",
    "thresholds": "select (id, mount_path, threshold_pct, target_pct, mode, sunset_pct, total_bytes_override)::text"
    " from disk_groups order by id",
}


@pytest.fixture
async def chosen(system: RunningSystem) -> RunningSystem:
    """Nothing is as it comes: another value in every place where a default could creep back."""
    (group,) = await system.get("/disk-groups")
    odd = {"thresholdPct": 92.25, "targetPct": 71.5, "sunsetPct": 60.125, "mode": "sunset"}
    await system.send("PUT", f"/disk-groups/{group['id']}", odd | {"totalBytesOverride": 1_999_999_999_999})
    keys = [factor["key"] for factor in await system.get("/scoring-factor-weights")]
    await system.send("PUT", "/scoring-factor-weights", {key: 9 - place for place, key in enumerate(keys)})
    for source in await system.get("/integrations"):
        rule = {"field": "title", "operator": "contains", "value": "it's 100 % \\ ä", "effect": "always_keep"}
        await system.send("POST", "/custom-rules", rule | {"integrationId": source["id"], "enabled": False})
    await system.send("PATCH", "/preferences/engine", {"tiebreakerMethod": "oldest_first", "deletionsEnabled": False})
    await system.send("PATCH", "/preferences/safety", {"minFileAgeDays": 3, "maxDeletePctPerRun": 11})
    return system


async def choices(url: str) -> dict[str, list[str]]:
    """The owner's rows as the database writes them, byte for byte."""
    db = Database(url, pool_size=1)
    try:
        async with db.connect() as conn:
            return {name: list((await conn.execute(text(rows))).scalars()) for name, rows in _CHOICES.items()}
    finally:
        await db.dispose()


async def test_S23_outage_of_every_upstream_changes_no_choice(
    chosen: RunningSystem, upstreams: SimulatorServer
) -> None:
    before = await choices(chosen.database_url)
    upstreams.break_calls(FaultRule(kind=FaultKind.STATUS, status=503))

    await chosen.run_engine()
    chosen.clock.jump(**LONGER_THAN_A_GROUP_MAY_BE_GONE)
    await chosen.run_engine()
    during = await choices(chosen.database_url)
    upstreams.heal()
    await chosen.run_engine()

    assert [len(rows) for rows in before.values()] == [1, 7, 2, 1]
    assert during == before
    assert await choices(chosen.database_url) == before


async def test_S23_kills_and_starts_change_no_choice(
    chosen: RunningSystem, own_postgres: EmbeddedPostgres, own_nats: EmbeddedNats, upstreams: SimulatorServer
) -> None:
    before = await choices(chosen.database_url)
    upstreams.break_calls(FaultRule(kind=FaultKind.STATUS, status=503, instance="sonarr"))

    for service in SERVICES:
        chosen.processes[service].kill()
    own_nats.kill()
    own_postgres.kill()
    own_postgres.start()
    own_nats.start()
    await migrate(own_postgres.url)
    for service in SERVICES:
        chosen.restart(service)
    await chosen.run_engine()

    assert await choices(chosen.database_url) == before
