"""4.8: who counts as whole shows, by every form in which the condition is asked."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.db.show_level import ShowLevel, reads_shows_only
from libs.common.domain.enums import ExecutionMode, IntegrationType

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
SUNSET, AUTO = ExecutionMode.SUNSET, ExecutionMode.AUTO


async def add(database: Database, table: type[Any], **values: Any) -> int:
    async with database.begin() as tx:
        made = await tx.execute(insert(table).values(**values).returning(*table.__table__.primary_key.columns))
        return int(made.one()[0])


async def integration(database: Database, kind: IntegrationType, *, stored: bool) -> int:
    values = {"type": kind, "name": "Any", "url": "http://any:1", "api_key": b"sealed", "show_level_only": stored}
    return await add(database, m.Integration, **values, created_at=NOW, updated_at=NOW)


async def link(database: Database, integration_id: int, mode: ExecutionMode) -> None:
    sunset_pct = 60 if mode is SUNSET else None
    mount = f"/mnt/{integration_id}-{mode}"
    group = await add(
        database, m.DiskGroup, mount_path=mount, mode=mode, sunset_pct=sunset_pct, created_at=NOW, updated_at=NOW
    )
    await add(database, m.DiskGroupIntegration, disk_group_id=group, integration_id=integration_id)


@pytest.mark.parametrize(
    ("kind", "stored", "modes", "is_on", "is_overridden"),
    [
        (IntegrationType.SONARR, True, [], True, False),
        (IntegrationType.SONARR, True, [SUNSET], True, False),
        (IntegrationType.SONARR, False, [AUTO], False, False),
        (IntegrationType.SONARR, False, [AUTO, SUNSET], True, True),
        (IntegrationType.SONARR, False, [], False, False),
        (IntegrationType.RADARR, True, [SUNSET], False, False),
    ],
    ids=["flag", "flag and sunset", "no flag", "linked to a sunset group", "no group", "not sonarr"],
)
async def test_seasons_are_left_out_when(
    database: Database,
    kind: IntegrationType,
    stored: bool,
    modes: list[ExecutionMode],
    is_on: bool,
    is_overridden: bool,
) -> None:
    asked = await integration(database, kind, stored=stored)
    another = await integration(database, IntegrationType.SONARR, stored=False)
    for mode in modes:
        await link(database, asked, mode)
    if not modes:
        await link(database, another, SUNSET)

    async with database.connect() as conn:
        overridden = await conn.execute(select(ShowLevel().is_overridden).where(m.Integration.id == asked))
        query = f"select {ShowLevel('g').is_on_sql()} from integrations g where g.id = :id"  # noqa: S608  all constants
        as_text = await conn.execute(text(query), {"id": asked})
        assert await reads_shows_only(conn, asked) is is_on
        assert as_text.scalar_one() is is_on
        assert overridden.scalar_one() is is_overridden


async def test_an_integration_that_is_gone_reads_nothing_in_a_special_way(database: Database) -> None:
    async with database.connect() as conn:
        assert await reads_shows_only(conn, 7) is False
