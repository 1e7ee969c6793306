"""Approving: the row and its deletion come about together, by what is true in that moment."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, RunState, RunTrigger, Trigger
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.approvals import FINGERPRINT, entry, jobs, states, told
from tests.service.api.watched import Library


async def approve(api: httpx.AsyncClient, row: int, **params: Any) -> httpx.Response:
    return await api.post(f"/approval-queue/{row}/approve", params=params)


async def approve_group(api: httpx.AsyncClient, name: str = "Alien") -> httpx.Response:
    return await api.post("/approval-queue/group/approve", json={"collectionGroup": name})


async def catalogued(database: Database, source: int, external_id: str, **values: Any) -> None:
    """A season of the catalogue; with `collections` a member of some."""
    item = {
        "integration_id": source,
        "external_id": external_id,
        "media_type": "season",
        "season_number": 1,
        "title": "Firefly S01",
        "size_bytes": 1,
        "monitored": True,
        "snapshot_id": 1,
        "seen_at": rows.NOW,
        "first_seen_at": rows.NOW,
        **values,
    }
    await rows.add(database, m.MediaItem, **item)


async def test_approved_row_has_its_job_with_everything_that_was_shown(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    source = await rows.integration(database, add_import_exclusion=False)
    group = await rows.disk_group(database, mode="approval")
    run = await rows.add(
        database,
        m.EngineRun,
        state=RunState.DONE,
        trigger=RunTrigger.TIMER,
        requested_at=rows.NOW,
        run_at=rows.NOW,
        completed_at=rows.NOW,
    )
    waiting = await entry(database, source, disk_group_id=group, last_error="it was played")

    answer = await approve(api, waiting)

    (job,) = await jobs(database)
    assert (answer.status_code, answer.json()["status"], answer.json()["score"]) == (200, "approved", 87.5)
    assert answer.json() == (await api.get("/approval-queue")).json()[0]
    assert (job.trigger, job.enqueued_mode, job.force_dry_run) == (Trigger.APPROVAL, ExecutionMode.APPROVAL, False)
    assert (job.approval_id, job.run_id, job.disk_group_id) == (waiting, run, group)
    assert (job.fingerprint, job.path, job.add_import_exclusion) == (FINGERPRINT, FINGERPRINT["path"], False)
    assert (job.title, job.score, job.size_bytes) == ("Firefly S01", 0.875, 42949672960)
    assert timedelta(seconds=25) < job.not_before - clock.now() <= timedelta(seconds=30)
    assert [kind for kind, _ in await told(database)] == ["deletion_queued", "approval_approved"]
    shown = f'{{"entryId":{waiting},"mediaName":"Firefly S01","mediaType":"season","sizeBytes":42949672960}}'
    assert (await told(database))[1][1] == shown


async def test_T30_approval_is_refused_while_deletions_are_off_before_anything_is_looked_up(
    api: httpx.AsyncClient, database: Database
) -> None:
    waiting = await entry(database, await rows.integration(database), collection_group="Alien")
    await api.patch("/preferences/engine", json={"deletionsEnabled": False})

    answers = [await approve(api, waiting), await approve(api, 999), await approve_group(api)]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert "deletionsEnabled" in answers[0].json()["error"]
    assert (await approve(api, 0)).status_code == 400
    assert await states(database) == {waiting: "pending"}
    assert await jobs(database) == []


@pytest.mark.parametrize(
    ("mode", "is_simulated"),
    [("approval", False), ("auto", False), ("dry-run", True)],
)
async def test_T13_T43_the_mode_of_its_disk_group_decides_and_not_the_default_mode(
    api: httpx.AsyncClient, database: Database, mode: str, *, is_simulated: bool
) -> None:
    default = "auto" if is_simulated else "dry-run"
    await api.patch("/preferences/engine", json={"defaultDiskGroupMode": default})
    group = await rows.disk_group(database, mode=mode)
    waiting = await entry(database, await rows.integration(database), disk_group_id=group)

    assert (await approve(api, waiting)).status_code == 200

    (job,) = await jobs(database)
    assert (job.enqueued_mode, job.force_dry_run, job.upsert_audit) == (mode, is_simulated, False)


async def test_item_of_no_disk_group_goes_by_the_default_mode(api: httpx.AsyncClient, database: Database) -> None:
    await api.patch("/preferences/engine", json={"defaultDiskGroupMode": "dry-run"})
    waiting = await entry(database, await rows.integration(database), user_initiated=True, trigger="user")

    await approve(api, waiting)

    (job,) = await jobs(database)
    assert (job.disk_group_id, job.enqueued_mode, job.force_dry_run) == (None, "dry-run", True)


async def test_T14_another_default_mode_leaves_an_approved_item_alone(
    api: httpx.AsyncClient, database: Database
) -> None:
    group = await rows.disk_group(database, mode="approval")
    waiting = await entry(database, await rows.integration(database), disk_group_id=group)
    await approve(api, waiting)

    await api.patch("/preferences/engine", json={"defaultDiskGroupMode": "auto"})

    assert await states(database) == {waiting: "approved"}
    assert [job.state for job in await jobs(database)] == ["waiting"]


async def test_T16_cancelled_approval_waits_for_a_person_with_the_reason(
    api: httpx.AsyncClient, database: Database
) -> None:
    waiting = await entry(database, await rows.integration(database))
    await approve(api, waiting)

    await api.delete("/deletion-queue", params={"mediaName": "Firefly S01", "mediaType": "season"})

    (shown,) = (await api.get("/approval-queue")).json()
    assert (shown["status"], shown["lastError"]) == ("pending", "cancelled by a person")
    assert (await approve(api, waiting)).status_code == 200


async def test_T17_row_whose_deletion_cannot_be_queued_stays_pending(
    api: httpx.AsyncClient, database: Database
) -> None:
    source = await rows.integration(database)
    waiting = await entry(database, source)
    await rows.job(database, source, "Firefly S01")  # another deletion of the same item

    answer = await approve(api, waiting)

    assert answer.status_code == 409
    assert "Firefly S01" in answer.json()["error"]
    assert await states(database) == {waiting: "pending"}
    assert await told(database) == []


@pytest.mark.parametrize(
    ("source", "row", "status", "words"),
    [
        ({"type": "plex"}, {}, 500, "cannot delete"),
        ({}, {"external_id": "12345"}, 500, "does not name one season"),
        ({}, {"external_id": "0-s1"}, 500, "does not name one season"),
        ({"enabled": False}, {}, 409, "switched off"),
    ],
    ids=["type", "S01-season-without-number", "S02-zero", "disabled"],
)
async def test_T17_nothing_is_approved_that_cannot_be_deleted(
    api: httpx.AsyncClient, database: Database, source: dict[str, Any], row: dict[str, Any], status: int, words: str
) -> None:
    waiting = await entry(database, await rows.integration(database, **source), **row)

    answer = await approve(api, waiting)

    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert words in answer.json()["error"]
    assert await states(database) == {waiting: "pending"}
    assert await jobs(database) == []


async def test_T19_of_two_people_at_one_row_one_succeeds(api: httpx.AsyncClient, database: Database) -> None:
    waiting = await entry(database, await rows.integration(database))

    answers = await asyncio.gather(*(approve(api, waiting) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert len(await jobs(database)) == 1


async def test_T19_of_approve_and_reject_at_once_one_succeeds(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    for number in range(1, 6):
        waiting = await entry(database, source, f"{number}-s1")
        answers = await asyncio.gather(approve(api, waiting), api.post(f"/approval-queue/{waiting}/reject"))

        assert sorted(answer.status_code for answer in answers) == [200, 400]
        assert (await states(database))[waiting] == answers[0].json().get("status", "rejected")


async def test_version_that_was_looked_at_has_to_be_the_present_one(api: httpx.AsyncClient, database: Database) -> None:
    waiting = await entry(database, await rows.integration(database))
    async with database.begin() as tx:
        await tx.execute(update(m.ApprovalItem).values(version=3))

    outdated, present = await approve(api, waiting, version=2), await approve(api, waiting, version=3)

    assert (outdated.status_code, present.status_code) == (409, 200)
    assert "look again" in outdated.json()["error"]
    assert (await approve(api, waiting, version="x")).status_code == 400


async def test_member_of_another_disk_counts_there(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    asking = await rows.disk_group(database, mode="approval")
    other = await rows.disk_group(database, "/other", mode="approval")
    waiting = await entry(database, source, disk_group_id=asking)
    await catalogued(database, source, "12345-s1", disk_group_id=other)

    await approve(api, waiting)

    assert [job.disk_group_id for job in await jobs(database)] == [other]


async def test_T41_collection_is_approved_as_one_batch(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    ids = [await entry(database, source, f"{n}-s1", collection_group="Alien") for n in range(1, 6)]
    other = await entry(database, source, "9-s1")

    answer = await approve_group(api)

    made = await jobs(database)
    assert answer.json()["approved"] == 5
    assert [row["id"] for row in answer.json()["items"]] == ids
    assert {row["status"] for row in answer.json()["items"]} == {"approved"}
    assert [job.approval_id for job in made] == ids
    assert len({job.batch_id for job in made}) == 1
    assert {job.collection_group for job in made} == {"Alien"}
    assert await states(database) == dict.fromkeys(ids, "approved") | {other: "pending"}
    assert [kind for kind, _ in await told(database)] == ["deletion_queued"] * 5 + ["approval_approved"] * 5
    assert (await approve_group(api)).status_code == 404


async def _third_is_queued(database: Database, source: int) -> None:
    await rows.job(database, source, "Firefly S01", external_id="3-s1")


async def _third_is_no_season(database: Database, _source: int) -> None:
    await _change_third(database, external_id="3")


async def _third_is_snoozed(database: Database, _source: int) -> None:
    await _change_third(database, status="rejected", snoozed_until=rows.NOW + timedelta(days=9000))


async def _third_lies_elsewhere(database: Database, _source: int) -> None:
    await _change_third(database, disk_group_id=await rows.disk_group(database, "/other", mode="dry-run"))


async def _change_third(database: Database, **values: Any) -> None:
    row = m.ApprovalItem
    async with database.begin() as tx:
        await tx.execute(update(row).where(row.external_id == "3-s1").values(**values))


@pytest.mark.parametrize(
    ("stands_in_the_way", "status"),
    [(_third_is_queued, 409), (_third_is_no_season, 500), (_third_is_snoozed, 409), (_third_lies_elsewhere, 409)],
)
async def test_T41_one_member_that_cannot_go_keeps_the_whole_collection(
    api: httpx.AsyncClient, database: Database, stands_in_the_way: Any, status: int
) -> None:
    source, group = await rows.integration(database), await rows.disk_group(database, mode="approval")
    for number in range(1, 6):
        await entry(database, source, f"{number}-s1", collection_group="Alien", disk_group_id=group)
    await stands_in_the_way(database, source)
    before = await states(database)

    answer = await approve_group(api)

    assert answer.status_code == status
    assert await states(database) == before
    assert [job for job in await jobs(database) if job.approval_id] == []


async def test_T41_member_of_a_collection_is_not_approved_alone(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    one, two = [await entry(database, source, f"{n}-s1", collection_group="Alien") for n in (1, 2)]

    answer = await approve(api, one)

    assert answer.status_code == 409
    assert "'Alien'" in answer.json()["error"]
    assert await states(database) == {one: "pending", two: "pending"}


async def test_T41_last_member_that_waits_is_not_approved_while_another_one_is_snoozed(
    api: httpx.AsyncClient, database: Database
) -> None:
    source = await rows.integration(database)
    one, two = [await entry(database, source, f"{n}-s1", collection_group="Alien") for n in (1, 2)]
    await api.post(f"/approval-queue/{two}/reject")

    refused = await approve(api, one)

    assert refused.status_code == 409
    assert "snoozed" in refused.json()["error"]
    assert await states(database) == {one: "pending", two: "rejected"}
    assert await jobs(database) == []


@pytest.mark.parametrize("together", [True, False])
async def test_T41_member_whose_deletion_was_cancelled_is_not_approved_again_while_the_others_are_queued(
    api: httpx.AsyncClient, database: Database, together: bool
) -> None:
    source = await rows.integration(database)
    one, two = [await entry(database, source, f"{n}-s1", collection_group="Alien") for n in (1, 2)]
    await approve_group(api)
    first, _ = await jobs(database)
    await api.delete("/deletion-queue", params={"id": first.id})

    refused = await approve_group(api) if together else await approve(api, one)

    assert refused.status_code == 409
    assert "queued already" in refused.json()["error"]
    assert await states(database) == {one: "pending", two: "approved"}


@pytest.mark.parametrize("together", [True, False])
async def test_T41_collection_is_not_approved_without_a_member_that_is_not_on_the_list(
    api: httpx.AsyncClient, database: Database, together: bool
) -> None:
    """One was protected, and the run took it off the list; the other one was snoozed meanwhile and is back."""
    source = await rows.integration(database, collection_deletion=True)
    for number in (1, 2):
        await catalogued(database, source, f"{number}-s1", title=f"Firefly S0{number}", collections=["Alien"])
    one = await entry(database, source, "1-s1", collection_group="Alien")

    refused = await approve_group(api) if together else await approve(api, one)

    assert refused.status_code == 409
    assert refused.json()["error"] == "Firefly S02 of the collection 'Alien' is not on the list; it stays whole"
    assert await states(database) == {one: "pending"}


@pytest.mark.parametrize("switched_on", [True, False])
async def test_T41_what_was_deleted_has_no_files_or_is_elsewhere_is_missed_by_nobody(
    api: httpx.AsyncClient, database: Database, switched_on: bool
) -> None:
    source = await rows.integration(database, collection_deletion=switched_on)
    await catalogued(database, source, "1-s1", collections=["Alien"])
    if switched_on:
        await catalogued(database, source, "2-s1", title="deleted", collections=["Alien"])
        await rows.job(database, source, external_id="2-s1", state="deleted", finished_at=rows.NOW)
        await catalogued(database, source, "3-s1", title="without files", size_bytes=0, collections=["Alien"])
        await catalogued(database, source, "4-s1", title="of another collection", collections=["Aliens"])
    else:
        await catalogued(database, source, "2-s1", title="goes by itself", collections=["Alien"])
    one = await entry(database, source, "1-s1", collection_group="Alien")

    assert (await approve(api, one)).status_code == 200


@pytest.mark.parametrize("kept", [True, False])
async def test_T41_show_is_missed_only_when_none_of_its_seasons_may_go(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock, kept: bool
) -> None:
    source = await rows.integration(database, collection_deletion=True)
    await catalogued(database, source, "1-s1", collections=["Alien"])
    show = {"media_type": "show", "season_number": None, "title": "Serenity", "collections": ["Alien"]}
    await catalogued(database, source, "2", **show)
    await catalogued(database, source, "2-s2", season_number=2, parent_external_id="2")
    await Library(database, clock.now(), source).score(protected=("2-s2",) if kept else ())
    one = await entry(database, source, "1-s1", collection_group="Alien")

    assert (await approve(api, one)).status_code == (409 if kept else 200)
