"""The demonstration is connected once, follows its simulator, and leaves the owner's settings alone."""

from typing import Any

from sqlalchemy import select, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.security.secrets import SecretBox
from libs.local.wiring import connect_instances, has_owner

BOX = SecretBox("a-secret-key-for-tests-only")
SONARR = {"type": "sonarr", "name": "Sonarr", "url": "http://127.0.0.1:9001/sonarr", "apiKey": "key-of-sonarr"}
RADARR = {"type": "radarr", "name": "Radarr", "url": "http://127.0.0.1:9001/radarr", "apiKey": "key-of-radarr"}


async def _integrations(database: Database) -> dict[str, Any]:
    async with database.connect() as conn:
        row = m.Integration
        found = await conn.execute(select(row.name, row.url, row.api_key, row.deletions_per_minute))
        return {each.name: each for each in found}


async def _grace_period_s(database: Database) -> int:
    async with database.connect() as conn:
        return int((await conn.execute(select(m.Preferences.deletion_queue_delay_seconds))).scalar_one())


async def _change(database: Database, **values: object) -> None:
    async with database.begin() as tx:
        await tx.execute(update(m.Integration).where(m.Integration.type == "sonarr").values(**values))


async def test_connecting_twice_adds_each_instance_once(database: Database) -> None:
    await connect_instances(database.url, BOX, [SONARR, RADARR])
    await connect_instances(database.url, BOX, [SONARR, RADARR])

    found = await _integrations(database)
    assert set(found) == {"Sonarr", "Radarr"}
    assert found["Sonarr"].deletions_per_minute == 600
    assert BOX.open(found["Sonarr"].api_key) == "key-of-sonarr"
    assert await _grace_period_s(database) == 10


async def test_new_port_of_the_simulator_is_followed_even_under_another_name(database: Database) -> None:
    await connect_instances(database.url, BOX, [SONARR])
    await _change(database, name="My shows", deletions_per_minute=5)

    await connect_instances(database.url, BOX, [{**SONARR, "url": "http://127.0.0.1:9777/sonarr"}])

    found = await _integrations(database)
    assert set(found) == {"My shows"}
    assert found["My shows"].url == "http://127.0.0.1:9777/sonarr"
    assert found["My shows"].deletions_per_minute == 5


async def test_key_that_nobody_can_open_any_more_is_written_anew(database: Database) -> None:
    await connect_instances(database.url, BOX, [SONARR])
    other = SecretBox("another-secret-key-for-tests")

    await connect_instances(database.url, other, [SONARR])

    found = await _integrations(database)
    assert set(found) == {"Sonarr"}
    assert other.open(found["Sonarr"].api_key) == "key-of-sonarr"


async def test_database_that_already_serves_somebody_keeps_its_grace_period(database: Database) -> None:
    await connect_instances(database.url, BOX, [RADARR])
    async with database.begin() as tx:
        await tx.execute(update(m.Preferences).values(deletion_queue_delay_seconds=77))

    await connect_instances(database.url, BOX, [RADARR, SONARR])

    assert await _grace_period_s(database) == 77


async def test_nobody_owns_a_fresh_database(database: Database) -> None:
    assert await has_owner(database.url) is False
