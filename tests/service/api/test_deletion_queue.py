"""The deletion queue: list, cancel, snooze, clear, and the time that is left."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, JobState
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows

ADDRESS = {"mediaName": "Firefly S01", "mediaType": "season"}


async def titles(api: httpx.AsyncClient) -> list[str]:
    return [entry["mediaName"] for entry in (await api.get("/deletion-queue")).json()]


async def test_list_is_in_order_of_score_and_shows_the_contracts_members(
    api: httpx.AsyncClient, database: Database
) -> None:
    assert (await api.get("/deletion-queue")).text == "[]"
    source = await rows.integration(database)
    high = await rows.job(database, source)
    await rows.job(database, source, "Low", external_id="2-s1", score=0.1, last_error="somebody is watching Low")
    await rows.job(database, source, "Under way", external_id="3-s1", state=JobState.DELETING)

    listed: list[dict[str, Any]] = (await api.get("/deletion-queue")).json()
    raw: list[dict[str, Any]] = (await api.get("/deletion-queue", params={"compat": "reference"})).json()

    assert [entry["mediaName"] for entry in listed] == ["Firefly S01", "Low"]
    assert listed[0].pop("notBefore").endswith("Z")
    assert listed[0] == {
        "mediaName": "Firefly S01",
        "mediaType": "season",
        "sizeBytes": 42949672960,
        "integrationId": source,
        "score": 87.5,
        "id": high,
        "externalId": "12345-s1",
        "state": "waiting",
    }
    assert listed[1]["score"] == 10
    assert listed[1]["waitReason"] == "somebody is watching Low"
    assert raw[0]["score"] == 0.875


async def test_cancel_by_name_removes_at_once_and_restarts_the_others_delay(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    source = await rows.integration(database)
    await rows.job(database, source, not_before=clock.now() + rows.seconds(5))
    await rows.job(database, source, "Other", external_id="2-s1", not_before=clock.now() + rows.seconds(5))
    await rows.job(database, source, "Due", external_id="3-s1", not_before=clock.now() - rows.seconds(5))

    answer = await api.delete("/deletion-queue", params=ADDRESS)

    assert answer.json() == {"status": "cancelled"}
    assert sorted(await titles(api)) == ["Due", "Other"]
    async with database.connect() as conn:
        due = dict((await conn.execute(select(m.DeletionJob.title, m.DeletionJob.not_before))).all())
    assert (due["Other"] - clock.now()).total_seconds() > 20
    assert due["Due"] < clock.now()


async def test_cancel_takes_a_body_when_the_query_is_silent(api: httpx.AsyncClient, database: Database) -> None:
    await rows.job(database, await rows.integration(database))

    answer = await api.request("DELETE", "/deletion-queue", json=ADDRESS)

    assert answer.json() == {"status": "cancelled"}


async def test_ambiguous_address_lists_the_candidates_and_an_id_decides(
    api: httpx.AsyncClient, database: Database
) -> None:
    one, two = await rows.integration(database), await rows.integration(database, "Sonarr 4K")
    first, second = await rows.job(database, one), await rows.job(database, two)

    conflict = await api.delete("/deletion-queue", params=ADDRESS)
    by_source = await api.delete("/deletion-queue", params={**ADDRESS, "integrationId": two})
    by_id = await api.delete("/deletion-queue", params={"id": first})

    assert conflict.status_code == 409
    assert [candidate["id"] for candidate in conflict.json()["candidates"]] == [first, second]
    assert "error" in conflict.json()
    assert (by_source.status_code, by_id.status_code) == (200, 200)
    assert await titles(api) == []


@pytest.mark.parametrize(
    ("params", "status"),
    [
        pytest.param({}, 400, id="nothing"),
        pytest.param({"mediaName": "Firefly S01"}, 400, id="half"),
        pytest.param({"mediaName": "Nobody", "mediaType": "movie"}, 404, id="unknown"),
        pytest.param({"mediaName": "x", "mediaType": "spaceship"}, 404, id="unknown type"),
        pytest.param({"id": "-1"}, 400, id="negative id"),
        pytest.param({"id": "abc"}, 400, id="id in words"),
        pytest.param({"mediaName": "a\x00", "mediaType": "movie"}, 400, id="NUL"),
    ],
)
async def test_cancel_refuses(api: httpx.AsyncClient, params: dict[str, str], status: int) -> None:
    answer = await api.delete("/deletion-queue", params=params)

    assert answer.status_code == status
    assert "error" in answer.json()


async def test_snooze_of_an_engines_job_makes_a_complete_rejected_row(
    api: httpx.AsyncClient, database: Database
) -> None:
    source, group = await rows.integration(database), await rows.disk_group(database)
    await rows.job(database, source, disk_group_id=group)

    answer = await api.post("/deletion-queue/snooze", json=ADDRESS)
    again = await api.post("/deletion-queue/snooze", json=ADDRESS)

    assert answer.json()["snoozed"] is True
    assert answer.json()["snoozedUntil"].endswith("Z")
    assert again.status_code == 404
    async with database.connect() as conn:
        row = (await conn.execute(select(m.ApprovalItem.__table__))).one()
        types = list((await conn.execute(select(m.Outbox.type))).scalars())
    assert (row.status, row.integration_id, row.external_id) == (ApprovalStatus.REJECTED, source, "12345-s1")
    assert (row.disk_group_id, row.media_name) == (group, "Firefly S01")
    assert row.snoozed_until is not None
    assert {"deletion_cancelled", "approval_rejected"} <= set(types)


async def test_snooze_of_an_approved_item_turns_its_own_row_and_drops_an_older_snooze(
    api: httpx.AsyncClient, database: Database
) -> None:
    source = await rows.integration(database)
    facts = {
        "media_name": "Firefly S01",
        "media_type": "season",
        "integration_id": source,
        "external_id": "12345-s1",
        "created_at": rows.NOW,
        "updated_at": rows.NOW,
    }
    await rows.add(database, m.ApprovalItem, **facts, status="rejected", snoozed_until=rows.NOW)
    approval = await rows.add(database, m.ApprovalItem, **facts, status="approved")
    await rows.job(database, source, approval_id=approval, trigger="approval")

    assert (await api.post("/deletion-queue/snooze", json=ADDRESS)).status_code == 200

    async with database.connect() as conn:
        found = (await conn.execute(select(m.ApprovalItem.id, m.ApprovalItem.status))).all()
    assert found == [(approval, ApprovalStatus.REJECTED)]


async def test_clear_cancels_all_that_waits_and_counts(api: httpx.AsyncClient, database: Database) -> None:
    assert (await api.post("/deletion-queue/clear")).json() == {"status": "cleared", "cancelled": 0}
    source = await rows.integration(database)
    for number in range(3):
        await rows.job(database, source, f"Item {number}", external_id=f"{number + 1}-s1")

    assert (await api.post("/deletion-queue/clear", content=b"ignored")).json() == {"status": "cleared", "cancelled": 3}
    assert await titles(api) == []
    assert (await api.get("/audit-log")).json()["total"] == 3


async def test_grace_period_counts_up_to_the_first_due_job(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    idle = (await api.get("/deletion-queue/grace-period")).json()
    source = await rows.integration(database)
    await rows.job(database, source, not_before=clock.now() + rows.seconds(40))
    await rows.job(database, source, "B", external_id="2-s1", not_before=clock.now() + rows.seconds(90))

    active = (await api.get("/deletion-queue/grace-period")).json()
    clock.jump(seconds=45)
    due = (await api.get("/deletion-queue/grace-period")).json()

    assert idle == {"active": False, "remainingSeconds": 0, "queueSize": 0}
    assert active["active"] is True
    assert 35 <= active["remainingSeconds"] <= 40
    assert active["queueSize"] == 2
    assert due == {"active": False, "remainingSeconds": 0, "queueSize": 2}
