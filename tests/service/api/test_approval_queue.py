"""The approval queue: list, reject, unsnooze, dismiss, clear."""

from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select

from libs.common.db import Database
from libs.common.db import models as m
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.approvals import entry, states, told


async def listed(api: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = (await api.get("/approval-queue", params=params)).json()
    return shown


async def test_list_shows_the_contracts_members_and_the_newest_first(
    api: httpx.AsyncClient, database: Database
) -> None:
    assert (await api.get("/approval-queue")).text == "[]"
    source, group = await rows.integration(database), await rows.disk_group(database)
    first = await entry(database, source)
    later = rows.NOW + timedelta(minutes=1)
    await entry(database, source, "2-s1", created_at=later, score=4.2, disk_group_id=group, collection_group="Alien")

    newest, oldest = await listed(api)
    raw = await listed(api, compat="reference")

    assert oldest == {
        "id": first,
        "mediaName": "Firefly S01",
        "mediaType": "season",
        "scoreDetails": '[{"factor":"watchHistory","rawScore":1.0,"weight":10}]',
        "sizeBytes": 42949672960,
        "score": 87.5,
        "posterUrl": "",
        "integrationId": source,
        "externalId": "12345-s1",
        "status": "pending",
        "trigger": "engine",
        "userInitiated": False,
        "version": 1,
        "createdAt": "2026-03-06T12:00:00Z",
        "updatedAt": "2026-03-06T12:00:00Z",
    }
    assert (newest["score"], newest["diskGroupId"], newest["collectionGroup"]) == (100, group, "Alien")
    assert [row["score"] for row in raw] == [4.2, 0.875]


async def test_list_is_filtered_and_clamped(api: httpx.AsyncClient, database: Database) -> None:
    source, group = await rows.integration(database), await rows.disk_group(database)
    await entry(database, source, "1-s1")
    await entry(database, source, "2-s1", status="rejected", snoozed_until=rows.NOW)
    await entry(database, source, "3-s1", disk_group_id=group)

    async def found(**params: str) -> list[str]:
        return [row["externalId"] for row in await listed(api, **params)]

    everything = ["3-s1", "2-s1", "1-s1"]
    assert await found(status="pending") == ["3-s1", "1-s1"]
    assert await found(status="rejected") == ["2-s1"]
    assert await found(status="approved") == await found(status="nonsense") == []
    assert await found(disk_group_id=str(group)) == ["3-s1"]
    assert await found(limit="1") == ["3-s1"]
    for params in ({"status": ""}, {"limit": "0"}, {"limit": "99999"}, {"limit": "x"}, {"disk_group_id": "x"}):
        assert await found(**params) == everything, params


async def test_list_refuses_a_status_that_no_text_can_hold(api: httpx.AsyncClient) -> None:
    answer = await api.get("/approval-queue", params={"status": "pending\x00"})

    assert (answer.status_code, answer.json()) == (400, {"error": "status: must not contain a NUL character"})


async def test_rows_of_a_removed_integration_are_hidden_with_it(api: httpx.AsyncClient, database: Database) -> None:
    waiting = await entry(database, await rows.integration(database, removed_at=rows.NOW, enabled=False))

    assert await listed(api) == []
    assert (await api.post(f"/approval-queue/{waiting}/approve")).status_code == 404


async def test_reject_snoozes_for_the_preferred_hours_and_replaces_an_older_snooze(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    source = await rows.integration(database)
    await entry(database, source, status="rejected", snoozed_until=rows.NOW)
    waiting = await entry(database, source, last_error="it was played")
    await api.patch("/preferences/engine", json={"snoozeDurationHours": 6})

    answer = await api.post(f"/approval-queue/{waiting}/reject")
    again = await api.post(f"/approval-queue/{waiting}/reject")

    (shown,) = await listed(api)
    assert answer.json() == shown
    assert (shown["status"], shown["version"], "lastError" in shown) == ("rejected", 2, False)
    assert timedelta(hours=5, minutes=59) < _until(shown) - clock.now() <= timedelta(hours=6)
    assert again.status_code == 400
    assert await told(database) == [
        (
            "approval_rejected",
            f'{{"entryId":{waiting},"mediaName":"Firefly S01","mediaType":"season","snoozeDuration":"6h"}}',
        )
    ]


def _until(shown: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(shown["snoozedUntil"])


async def test_unsnooze_makes_it_wait_again(api: httpx.AsyncClient, database: Database) -> None:
    snoozed = await entry(
        database, await rows.integration(database), status="rejected", snoozed_until=rows.NOW + timedelta(days=900)
    )

    answer = await api.post(f"/approval-queue/{snoozed}/unsnooze")

    assert (answer.json()["status"], "snoozedUntil" in answer.json()) == ("pending", False)
    assert [kind for kind, _ in await told(database)] == ["approval_unsnoozed"]
    assert (await api.post(f"/approval-queue/{snoozed}/unsnooze")).status_code == 400


async def test_unsnooze_beside_a_row_that_waits_names_that_one(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    snoozed = await entry(database, source, status="rejected", snoozed_until=rows.NOW)
    waiting = await entry(database, source)

    answer = await api.post(f"/approval-queue/{snoozed}/unsnooze")

    assert answer.status_code == 409
    assert f"approval {waiting}" in answer.json()["error"]


async def test_T134_dismiss_removes_exactly_one_row_that_is_not_approved(
    api: httpx.AsyncClient, database: Database
) -> None:
    source = await rows.integration(database)
    waiting, snoozed, approved, other = (
        await entry(database, source, "1-s1"),
        await entry(database, source, "2-s1", status="rejected", snoozed_until=rows.NOW),
        await entry(database, source, "3-s1", status="approved"),
        await entry(database, source, "4-s1"),
    )

    answers = [await api.delete(f"/approval-queue/{row}") for row in (waiting, snoozed, approved, 999)]

    assert [answer.status_code for answer in answers] == [200, 200, 400, 404]
    assert answers[0].json() == {"status": "dismissed"}
    assert await states(database) == {approved: "approved", other: "pending"}
    assert [kind for kind, _ in await told(database)] == ["approval_dismissed"] * 2


async def test_X16_clear_takes_peoples_rows_too_and_leaves_the_approved(
    api: httpx.AsyncClient, database: Database
) -> None:
    source = await rows.integration(database)
    await entry(database, source, "1-s1", user_initiated=True, trigger="user")
    await entry(database, source, "2-s1", status="rejected", snoozed_until=rows.NOW)
    approved = await entry(database, source, "3-s1", status="approved")

    cleared = (await api.post("/approval-queue/clear", content=b"ignored")).json()
    nothing = (await api.post("/approval-queue/clear")).json()

    assert (cleared, nothing) == ({"cleared": 2}, {"cleared": 0})
    assert await states(database) == {approved: "approved"}
    assert await told(database) == [("approval_queue_cleared", '{"count":2}')]


async def test_group_reject_snoozes_what_waits_of_it(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    one, two = [await entry(database, source, f"{n}-s1", collection_group="Alien") for n in (1, 2)]
    other = await entry(database, source, "3-s1", collection_group="Predator")

    answer = await api.post("/approval-queue/group/reject", json={"collectionGroup": "Alien"})
    again = await api.post("/approval-queue/group/reject", json={"collectionGroup": "Alien"})

    assert (answer.json()["rejected"], [row["id"] for row in answer.json()["items"]]) == (2, [one, two])
    assert again.status_code == 404
    assert await states(database) == {one: "rejected", two: "rejected", other: "pending"}
    assert [kind for kind, _ in await told(database)] == ["approval_rejected"] * 2


async def test_group_has_to_be_named(api: httpx.AsyncClient) -> None:
    bodies: list[tuple[dict[str, Any], int]] = [
        ({}, 400),
        ({"collectionGroup": ""}, 400),
        ({"collectionGroup": 5}, 400),
        ({"collectionGroup": "None"}, 404),
    ]
    for body, status in bodies:
        for which in ("approve", "reject"):
            answer = await api.post(f"/approval-queue/group/{which}", json=body)
            assert (answer.status_code, list(answer.json())) == (status, ["error"]), (which, body)
            assert "collectionGroup" in answer.json()["error"] or status == 404


async def test_ids_are_positive_numbers_of_rows(api: httpx.AsyncClient) -> None:
    for row, status in (("abc", 400), ("-1", 400), ("0", 400), ("999", 404)):
        for method, call in (("POST", "/approve"), ("POST", "/reject"), ("POST", "/unsnooze"), ("DELETE", "")):
            answer = await api.request(method, f"/approval-queue/{row}{call}")
            assert (answer.status_code, list(answer.json())) == (status, ["error"]), (method, row, call)


async def test_every_change_has_the_preview_rendered_again(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    one, two = await entry(database, source, "1-s1"), await entry(database, source, "2-s1")
    calls = [
        ("POST", f"/{one}/reject"),
        ("POST", f"/{one}/unsnooze"),
        ("POST", f"/{one}/approve"),
        ("DELETE", f"/{two}"),
    ]

    async def revision() -> int:
        async with database.connect() as conn:
            return int((await conn.execute(select(m.PreviewState.wanted_revision))).scalar_one())

    for method, path in calls:
        before = await revision()
        assert (await api.request(method, f"/approval-queue{path}")).status_code == 200
        assert await revision() > before, path


async def test_snooze_of_the_deletion_queue_and_the_list_agree(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    waiting = await entry(database, source)
    await api.post(f"/approval-queue/{waiting}/approve")
    await api.post("/deletion-queue/snooze", json={"mediaName": "Firefly S01", "mediaType": "season"})

    (row,) = await listed(api)
    assert (row["id"], row["status"], "lastError" in row) == (waiting, "rejected", False)
