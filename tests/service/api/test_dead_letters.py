"""Deletions that were given up: they are shown with their reason, tried again by an ordinary door, or dismissed."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, ExecutionMode, JobState, MediaType, Trigger
from services.api.dead_letters.wire import FailedPage
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.watched import GIB, Library

PATH = "/deletion-queue/failed"


@pytest.fixture
async def group(database: Database) -> int:
    return await rows.disk_group(database, mode=ExecutionMode.AUTO)


@pytest.fixture
async def shelf(database: Database, clock: JumpingClock, group: int) -> Library:
    """A Radarr with a movie, saved a while ago and just read and scored."""
    now = clock.now()
    before = now - timedelta(hours=1)
    radarr = await rows.integration(database, "Radarr", type="radarr", created_at=before, updated_at=before)
    shelf = Library(database, now, radarr)
    await shelf.item("Movie 1", external_id="1", disk_group_id=group)
    await shelf.score()
    return shelf


async def failed(database: Database, shelf: Library, group: int, minutes: int = 0, **values: Any) -> int:
    """A deletion of the movie whose four attempts are spent."""
    spent = {
        "media_type": MediaType.MOVIE,
        "external_id": "1",
        "disk_group_id": group,
        "state": JobState.FAILED,
        "attempts": 4,
        "last_error": "Radarr answered 500.",
        "last_error_class": "server_error",
        "finished_at": rows.NOW + timedelta(minutes=minutes),
        "fingerprint": {"title": "Movie 1", "fileFingerprint": "of then"},
    }
    return await rows.job(database, shelf.source, "Movie 1", **{**spent, **values})


async def listed(api: httpx.AsyncClient, **params: str) -> list[dict[str, Any]]:
    page = (await api.get(PATH, params=params)).json()
    FailedPage.model_validate(page)
    return list(page["data"])


async def test_T32_a_failed_deletion_is_listed_with_all_its_facts(
    api: httpx.AsyncClient, database: Database, shelf: Library, group: int
) -> None:
    number = await failed(database, shelf, group, run_id=9, collection_group="Trilogy", poster_url="http://p/1")
    await rows.job(database, shelf.source, "Waiting")

    assert await listed(api) == [
        {
            "id": number,
            "mediaName": "Movie 1",
            "mediaType": "movie",
            "integrationId": shelf.source,
            "externalId": "1",
            "sizeBytes": 42949672960,
            "score": 87.5,
            "attempts": 4,
            "lastError": "Radarr answered 500.",
            "errorClass": "server_error",
            "failedAt": "2026-03-06T12:00:00Z",
            "trigger": "engine",
            "runId": 9,
            "diskGroupId": group,
            "collectionGroup": "Trilogy",
            "posterUrl": "http://p/1",
            "createdAt": "2026-03-06T12:00:00Z",
        }
    ]
    assert (await listed(api, compat="reference"))[0]["score"] == 0.875


async def test_the_newest_failure_is_first_and_pages_are_bounded(
    api: httpx.AsyncClient, database: Database, shelf: Library, group: int
) -> None:
    assert (await api.get(PATH)).json() == {"data": [], "total": 0, "limit": 50, "offset": 0}
    numbers = [await failed(database, shelf, group, minutes=minutes) for minutes in (1, 3, 2)]

    page = (await api.get(PATH, params={"limit": 2, "offset": 1})).json()

    assert [row["id"] for row in page["data"]] == [numbers[2], numbers[0]]
    assert (page["total"], page["limit"], page["offset"]) == (3, 2, 1)
    assert (await api.get(PATH, params={"limit": "99999"})).json()["limit"] == 1000


async def test_it_is_tried_again_as_the_item_is_known_now(
    api: httpx.AsyncClient, database: Database, shelf: Library, group: int
) -> None:
    number = await failed(database, shelf, group)

    answer = await api.post(f"{PATH}/{number}/retry")

    assert (answer.status_code, answer.json()) == (200, {"status": "queued", "mode": "auto"})
    async with database.connect() as conn:
        job = (await conn.execute(select(m.DeletionJob.__table__).where(m.DeletionJob.state == JobState.WAITING))).one()
    assert (job.external_id, job.trigger, job.attempts, job.force_dry_run) == ("1", Trigger.USER, 0, False)
    assert (job.title, job.size_bytes, job.disk_group_id) == ("Movie 1", GIB, group)
    assert job.fingerprint["fileFingerprint"] != "of then"
    assert job.evidence["diskGroup"]["id"] == group
    assert await listed(api) == []
    again = await api.post(f"{PATH}/{number}/retry")
    assert (again.status_code, await listed(api)) == (404, [])


async def test_two_people_who_try_it_again_at_once_make_one_job(
    api: httpx.AsyncClient, database: Database, shelf: Library, group: int
) -> None:
    number = await failed(database, shelf, group)

    answers = await asyncio.gather(*(api.post(f"{PATH}/{number}/retry") for _ in range(4)))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 404, 409}
    assert len((await api.get("/deletion-queue")).json()) == 1


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (update(m.Preferences).values(deletions_enabled=False), "switched off"),
        (delete(m.MediaItem), "does not know it"),
        (update(m.MediaItem).values(title="Another"), "the id now belongs to Another"),
        (update(m.Integration).values(enabled=False), "disabled"),
        (update(m.PreviewItem).values(protected=True), "an always_keep rule protects it"),
    ],
)
async def test_what_must_not_go_now_is_refused_and_stays_on_the_list(
    api: httpx.AsyncClient, database: Database, shelf: Library, group: int, spoil: Any, told: str
) -> None:
    number = await failed(database, shelf, group)
    async with database.begin() as tx:
        await tx.execute(spoil)

    answer = await api.post(f"{PATH}/{number}/retry")

    assert answer.status_code == 409
    assert told in answer.json()["error"]
    assert [row["id"] for row in await listed(api)] == [number]
    assert (await api.get("/deletion-queue")).json() == []


async def test_a_rule_is_overridden_only_by_force(
    api: httpx.AsyncClient, database: Database, shelf: Library, group: int
) -> None:
    number = await failed(database, shelf, group)
    async with database.begin() as tx:
        await tx.execute(update(m.PreviewItem).values(protected=True))

    assert (await api.post(f"{PATH}/{number}/retry", json={"force": False})).status_code == 409
    assert (await api.post(f"{PATH}/{number}/retry", json={"force": True})).status_code == 200


async def test_what_is_queued_again_already_is_not_queued_twice(
    api: httpx.AsyncClient, database: Database, shelf: Library, group: int
) -> None:
    number = await failed(database, shelf, group)
    await failed(database, shelf, group, state=JobState.WAITING, finished_at=None, attempts=0)

    answer = await api.post(f"{PATH}/{number}/retry")

    assert answer.status_code == 409
    assert "queued or approved already" in answer.json()["error"]


async def test_in_approval_mode_it_waits_for_a_person(
    api: httpx.AsyncClient, database: Database, shelf: Library, group: int
) -> None:
    number = await failed(database, shelf, group)
    async with database.begin() as tx:
        await tx.execute(update(m.DiskGroup).values(mode=ExecutionMode.APPROVAL))

    assert (await api.post(f"{PATH}/{number}/retry")).json() == {"status": "queued", "mode": "approval"}

    async with database.connect() as conn:
        row = (await conn.execute(select(m.ApprovalItem.external_id, m.ApprovalItem.status))).one()
    assert tuple(row) == ("1", ApprovalStatus.PENDING)


async def test_a_dismissed_failure_leaves_the_list_and_still_counts(
    api: httpx.AsyncClient, database: Database, shelf: Library, group: int
) -> None:
    number = await failed(database, shelf, group)
    before = (await api.get("/worker/stats")).json()["failed"]

    assert (await api.delete(f"{PATH}/{number}")).json() == {"status": "dismissed"}

    assert await listed(api) == []
    assert (await api.delete(f"{PATH}/{number}")).status_code == 404
    assert (await api.get("/worker/stats")).json()["failed"] == before == 1


@pytest.mark.parametrize("call", ["retry", "dismiss"])
async def test_what_is_no_failed_deletion(
    api: httpx.AsyncClient, database: Database, shelf: Library, call: str
) -> None:
    waiting = await rows.job(database, shelf.source, "Waiting")

    async def status(number: object) -> int:
        path = f"{PATH}/{number}"
        answer = await (api.post(f"{path}/retry") if call == "retry" else api.delete(path))
        return answer.status_code

    assert [await status(number) for number in (waiting, 999_999, 0, "x", "-1")] == [409, 404, 400, 400, 400]
    assert len((await api.get("/deletion-queue")).json()) == 1
