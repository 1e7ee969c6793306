"""Disk groups: the seed's shape, the rules of thresholds, and what a changed mode takes back."""

from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import JobState, RunState
from tests.service.api import rows


async def group_of(api: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get("/disk-groups")).json()[0]
    return found


async def test_list_shows_the_seeds_members_and_the_reporting_integrations(
    api: httpx.AsyncClient, database: Database
) -> None:
    assert (await api.get("/disk-groups")).json() == []
    group = await rows.disk_group(database)
    source, gone = await rows.integration(database), await rows.integration(database, "Old", removed_at=rows.NOW)
    for linked in (source, gone):
        await rows.add(database, m.DiskGroupIntegration, disk_group_id=group, integration_id=linked)

    text = (await api.get("/disk-groups")).text
    shown = await group_of(api)

    assert '"thresholdPct":85,"targetPct":75' in text
    assert shown == {
        "id": group,
        "mountPath": "/mnt/media",
        "totalBytes": 2000000000000,
        "usedBytes": 1800000000000,
        "thresholdPct": 85,
        "targetPct": 75,
        "mode": "dry-run",
        "createdAt": "2026-03-06T12:00:00Z",
        "updatedAt": "2026-03-06T12:00:00Z",
        "integrations": [{"id": source, "name": "Sonarr Main", "type": "sonarr"}],
    }


async def test_seed_update_keeps_everything_else_and_asks_for_a_run(api: httpx.AsyncClient, database: Database) -> None:
    group = await rows.disk_group(database, mode="sunset", sunset_pct=60, total_bytes_override=10**12)
    answer = await api.put(f"/disk-groups/{group}", json={"thresholdPct": 90, "targetPct": 80.5})

    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["thresholdPct"], shown["targetPct"], shown["sunsetPct"]) == (90, 80.5, 60)
    assert (shown["mode"], shown["totalBytesOverride"]) == ("sunset", 10**12)
    async with database.connect() as conn:
        assert (await conn.execute(select(m.EngineRun.state, m.EngineRun.trigger))).one() == (
            RunState.QUEUED,
            "threshold",
        )
        types = list((await conn.execute(select(m.Outbox.type).where(m.Outbox.family == "settings"))).scalars())
    assert types == ["threshold_changed"]


async def test_T61_null_and_zero_clear_the_override_and_absence_keeps_it(
    api: httpx.AsyncClient, database: Database
) -> None:
    group = await rows.disk_group(database, total_bytes_override=10**12)
    pct = {"thresholdPct": 90, "targetPct": 80}
    kept = (await api.put(f"/disk-groups/{group}", json=pct)).json()
    cleared = (await api.put(f"/disk-groups/{group}", json=pct | {"totalBytesOverride": None})).json()
    again = (await api.put(f"/disk-groups/{group}", json=pct | {"totalBytesOverride": 5})).json()
    zero = (await api.put(f"/disk-groups/{group}", json=pct | {"totalBytesOverride": 0})).json()

    assert kept["totalBytesOverride"] == 10**12
    assert "totalBytesOverride" not in cleared
    assert again["totalBytesOverride"] == 5
    assert "totalBytesOverride" not in zero


@pytest.mark.parametrize(
    ("reported_bytes", "override", "is_known"),
    [(0, 9 * 10**11, False), (0, None, False), (0, 10**12, True), (10**12, 9 * 10**11, True)],
    ids=["share, other size", "share, no size", "share, same size", "reported disk"],
)
async def test_usage_counted_from_the_owners_size_is_unknown_under_another_one(
    api: httpx.AsyncClient, database: Database, reported_bytes: int, override: int | None, *, is_known: bool
) -> None:
    group = await rows.disk_group(
        database, total_bytes=reported_bytes, used_bytes=8 * 10**11, total_bytes_override=10**12, read_at=rows.NOW
    )

    body = {"thresholdPct": 90, "targetPct": 80, "totalBytesOverride": override}
    assert (await api.put(f"/disk-groups/{group}", json=body)).status_code == 200

    async with database.connect() as conn:
        stored = (await conn.execute(select(m.DiskGroup.used_bytes, m.DiskGroup.read_at))).one()
    assert tuple(stored) == ((8 * 10**11, rows.NOW) if is_known else (0, None))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"thresholdPct": 70, "targetPct": 75}, id="T65 threshold below target"),
        pytest.param({"thresholdPct": 75, "targetPct": 75}, id="equal"),
        pytest.param({"thresholdPct": 85}, id="no target"),
        pytest.param({"targetPct": 75}, id="no threshold"),
        pytest.param({"thresholdPct": 99.5, "targetPct": 75}, id="above 99"),
        pytest.param({"thresholdPct": 85, "targetPct": 0.5}, id="below 1"),
        pytest.param({"thresholdPct": "85", "targetPct": 75}, id="text"),
        pytest.param({"thresholdPct": True, "targetPct": 75}, id="boolean"),
        pytest.param({"thresholdPct": 85, "targetPct": 75, "totalBytesOverride": -1}, id="negative override"),
        pytest.param({"thresholdPct": 85, "targetPct": 75, "totalBytesOverride": 2**63}, id="override too large"),
        pytest.param({"thresholdPct": 85, "targetPct": 75, "mode": "delete"}, id="mode"),
        pytest.param({"thresholdPct": 85, "targetPct": 75, "mode": "sunset"}, id="T66 sunset without share"),
        pytest.param({"thresholdPct": 85, "targetPct": 75, "mode": "sunset", "sunsetPct": 75}, id="T66 at target"),
        pytest.param({"thresholdPct": 85, "targetPct": 75, "mode": "sunset", "sunsetPct": 0}, id="zero share"),
        pytest.param([85, 75], id="array"),
    ],
)
async def test_bad_settings_change_nothing(api: httpx.AsyncClient, database: Database, body: Any) -> None:
    group = await rows.disk_group(database)
    before = await group_of(api)

    answer = await api.put(f"/disk-groups/{group}", json=body)

    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert await group_of(api) == before


async def test_unknown_id_comes_before_the_body_and_a_bad_one_is_400(api: httpx.AsyncClient) -> None:
    statuses = {
        path: (await api.put(f"/disk-groups/{path}", json=[])).status_code for path in ("999", "x", "-1", "0", "1.5")
    }

    assert statuses == {"999": 404, "x": 400, "-1": 400, "0": 400, "1.5": 400}


async def test_S11_changed_mode_takes_back_the_groups_jobs_and_an_equal_one_does_not(
    api: httpx.AsyncClient, database: Database
) -> None:
    source = await rows.integration(database)
    group = await rows.disk_group(database, mode="auto")
    other = await rows.disk_group(database, "/mnt/other", mode="auto")
    await rows.job(database, source, "mine", disk_group_id=group, external_id="1-s1")
    await rows.job(database, source, "other", disk_group_id=other, external_id="2-s1")
    body = {"thresholdPct": 85, "targetPct": 75}

    async def states() -> dict[str, JobState]:
        async with database.connect() as conn:
            found = await conn.execute(select(m.DeletionJob.title, m.DeletionJob.state))
            return {row.title: row.state for row in found}

    await api.put(f"/disk-groups/{group}", json=body | {"mode": "auto"})
    same = await states()
    await api.put(f"/disk-groups/{group}", json=body | {"mode": "dry-run"})

    assert same == {"mine": JobState.WAITING, "other": JobState.WAITING}
    assert await states() == {"mine": JobState.CANCELLED, "other": JobState.WAITING}


async def test_leaving_sunset_clears_its_share_and_ends_its_countdowns(
    api: httpx.AsyncClient, database: Database
) -> None:
    source = await rows.integration(database)
    group = await rows.disk_group(database, mode="sunset", sunset_pct=60)
    await rows.add(
        database,
        m.SunsetItem,
        media_name="Serenity",
        media_type="movie",
        integration_id=source,
        external_id="42",
        disk_group_id=group,
        deletion_date=date(2026, 4, 15),
        created_at=rows.NOW,
        updated_at=rows.NOW,
    )
    body = {"thresholdPct": 85, "targetPct": 75, "mode": "approval", "sunsetPct": 60}
    answer = await api.put(f"/disk-groups/{group}", json=body)

    assert answer.json()["mode"] == "approval"
    assert "sunsetPct" not in answer.json()
    async with database.connect() as conn:
        assert (await conn.execute(select(func.count()).select_from(m.SunsetItem))).scalar_one() == 0
        types = list((await conn.execute(select(m.Outbox.type).where(m.Outbox.family == "sunset"))).scalars())
    assert types == ["sunset_cancelled"]
