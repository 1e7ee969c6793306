"""The migrations amount to the models, can be raced, and refuse a database from the future."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from libs.common.clock import real_now
from libs.common.db import Database, migrate
from libs.common.db import models as m
from libs.common.db.partitions import MONTHLY, ensure_partitions
from libs.common.domain.enums import ExecutionMode, IntegrationType
from libs.common.domain.factors import DEFAULT_WEIGHTS
from tests.harness.servers import PostgresServer

VERSIONS = Path(migrate.__file__).parent / "migrations" / "versions"


async def test_migrated_database_equals_the_models(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, m.Base.metadata)
        return [change for change in found if not _is_partition(change)]

    async with database.connect() as conn:
        assert await conn.run_sync(differences) == []


def _is_partition(change: object) -> bool:
    """Partitions exist in the database only; Alembic sees each as a table (or its index) that no model knows."""
    thing = change[1] if isinstance(change, tuple) and len(change) > 1 else None
    table = getattr(thing, "name", "") if getattr(thing, "columns", None) is not None else ""
    owner = getattr(getattr(thing, "table", None), "name", "")
    return any(str(name).startswith(f"{parent}_") for parent in MONTHLY for name in (table, owner) if name)


def test_head_names_the_newest_migration() -> None:
    newest = max(path.name for path in VERSIONS.glob("[0-9]*.py"))

    assert newest.startswith(f"{migrate.HEAD}_")


async def test_replicas_may_migrate_at_once(postgres: PostgresServer) -> None:
    await postgres._run("create database raced")
    url = postgres.url_of("raced")

    changed = await asyncio.gather(*(migrate.migrate(url) for _ in range(3)))

    assert sorted(changed) == [False, False, True]
    await postgres.drop("raced")


async def test_database_of_a_newer_version_is_refused(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(text("update alembic_version set version_num = '9999'"))

    with pytest.raises(migrate.SchemaError, match="newer version"):
        await migrate.migrate(database.url)


async def test_singletons_and_weights_are_there_from_the_start(database: Database) -> None:
    async with database.connect() as conn:
        preferences = (await conn.execute(select(m.Preferences))).mappings().one()
        weights = dict((await conn.execute(select(m.FactorWeight.factor_key, m.FactorWeight.weight))).all())

    assert preferences["default_disk_group_mode"] is ExecutionMode.DRY_RUN
    assert preferences["deletion_queue_delay_seconds"] == 30
    assert weights == DEFAULT_WEIGHTS


async def test_migrating_again_keeps_what_the_owner_chose(database: Database) -> None:
    async with database.begin() as tx:
        await tx.execute(update(m.Preferences).values(poll_interval_seconds=900))
        await tx.execute(update(m.FactorWeight).values(weight=3))

    await migrate.migrate(database.url)

    async with database.connect() as conn:
        assert (await conn.execute(select(m.Preferences.poll_interval_seconds))).scalar_one() == 900
        assert set((await conn.execute(select(m.FactorWeight.weight))).scalars()) == {3}


async def test_partitions_are_made_ahead_and_only_once(database: Database) -> None:
    async with database.begin() as tx:
        created = await ensure_partitions(tx, date(2031, 12, 15))
        again = await ensure_partitions(tx, date(2031, 12, 15))

    assert {name for name in created if name.startswith("outbox")} == {
        "outbox_2031_12",
        "outbox_2032_01",
        "outbox_2032_02",
    }
    assert again == []


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"threshold_pct": 70, "target_pct": 75}, id="target above threshold"),
        pytest.param({"threshold_pct": 100}, id="threshold 100"),
        pytest.param({"mode": ExecutionMode.SUNSET}, id="sunset without its threshold"),
        pytest.param({"sunset_pct": 80, "mode": ExecutionMode.SUNSET}, id="sunset above target"),
        pytest.param({"total_bytes_override": 0}, id="override of nothing"),
    ],
)
async def test_database_refuses_an_impossible_disk_group(database: Database, values: dict[str, object]) -> None:
    now = real_now()
    row = {"mount_path": "/data", "created_at": now, "updated_at": now} | values

    with pytest.raises(IntegrityError):
        async with database.begin() as tx:
            await tx.execute(insert(m.DiskGroup).values(**row))


async def test_word_outside_its_set_is_refused_by_the_database_itself(database: Database) -> None:
    with pytest.raises(IntegrityError, match="mode_known"):
        async with database.begin() as tx:
            await tx.execute(
                text(
                    "insert into disk_groups (mount_path, mode, created_at, updated_at)"
                    " values ('/d', 'x', now(), now())"
                )
            )


async def test_only_one_run_may_be_queued_and_one_running(database: Database) -> None:
    row = {"trigger": "manual", "requested_at": real_now()}
    async with database.begin() as tx:
        await tx.execute(insert(m.EngineRun), [{"state": "queued", **row}, {"state": "running", **row}])

    for state in ("queued", "running"):
        with pytest.raises(IntegrityError):
            async with database.begin() as tx:
                await tx.execute(insert(m.EngineRun).values(state=state, **row))


async def test_audit_outlives_its_integration(database: Database) -> None:
    now = real_now()
    async with database.begin() as tx:
        integration = (
            await tx.execute(
                insert(m.Integration)
                .values(
                    type=IntegrationType.RADARR, name="r", url="http://r", api_key=b"x", created_at=now, updated_at=now
                )
                .returning(m.Integration.id)
            )
        ).scalar_one()
        entry = {"media_name": "A", "media_type": "movie", "external_id": "1", "action": "deleted", "trigger": "engine"}
        await tx.execute(insert(m.AuditEntry).values(integration_id=integration, created_at=now, **entry))
        await tx.execute(text("delete from integrations"))

    async with database.connect() as conn:
        rows = (await conn.execute(select(m.AuditEntry.media_name, m.AuditEntry.integration_id))).all()
    assert rows == [("A", None)]
