"""`POST /delete`: what a person names goes by the mode of its disk group, and what may not go is told."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, ExecutionMode, Trigger
from services.api.preview.truth import Patience
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.watched import GIB, Library


@pytest.fixture
async def shelf(database: Database, clock: JumpingClock) -> Library:
    """A Radarr, saved a while ago, that has just been read."""
    now = clock.now()
    before = now - timedelta(hours=1)
    radarr = await rows.integration(database, "Radarr", type="radarr", created_at=before, updated_at=before)
    return Library(database, now, radarr)


def wish(shelf: Library, external_id: str, **more: Any) -> dict[str, Any]:
    return {"mediaName": "", "mediaType": "movie", "integrationId": shelf.source, "externalId": external_id, **more}


async def delete(api: httpx.AsyncClient, *wishes: dict[str, Any], **params: str) -> dict[str, Any]:
    answer = await api.post("/delete", json=list(wishes), params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert told["queued"] + len(told["skipped"]) == told["total"] == len(wishes)
    return told


async def jobs(database: Database) -> list[Any]:
    async with database.connect() as conn:
        return list((await conn.execute(select(m.DeletionJob.__table__).order_by(m.DeletionJob.external_id))).all())


async def approvals(database: Database) -> list[Any]:
    async with database.connect() as conn:
        return list((await conn.execute(select(m.ApprovalItem.__table__).order_by(m.ApprovalItem.external_id))).all())


def reasons(told: dict[str, Any]) -> list[str]:
    return [skipped["reason"] for skipped in told["skipped"]]


async def test_T43_mode_of_the_items_group_decides_and_the_default_only_without_one(
    api: httpx.AsyncClient, database: Database, shelf: Library
) -> None:
    modes = [ExecutionMode.DRY_RUN, ExecutionMode.AUTO, ExecutionMode.APPROVAL, ExecutionMode.SUNSET]
    for number, mode in enumerate(modes, 1):
        group = await rows.disk_group(database, f"/mnt/{mode}", mode=mode, sunset_pct=60)
        await shelf.item(f"Movie {number}", external_id=str(number), disk_group_id=group)
    await shelf.item("Homeless", external_id="5")
    await shelf.score()
    async with database.begin() as tx:
        await tx.execute(update(m.Preferences).values(default_disk_group_mode=ExecutionMode.SUNSET))

    told = await delete(api, *[wish(shelf, str(number)) for number in (1, 2, 3, 4, 5)])

    assert (told["queued"], told["mode"]) == (5, "mixed")
    made = [(job.external_id, job.enqueued_mode, job.force_dry_run) for job in await jobs(database)]
    assert made == [
        ("1", ExecutionMode.DRY_RUN, True),
        ("2", ExecutionMode.AUTO, False),
        ("4", ExecutionMode.SUNSET, False),
        ("5", ExecutionMode.SUNSET, False),
    ]
    (approval,) = await approvals(database)
    assert (approval.external_id, approval.status, approval.trigger) == ("3", ApprovalStatus.PENDING, Trigger.USER)
    assert approval.user_initiated


async def test_job_is_made_of_what_the_catalogue_holds_and_shows_the_score_that_was_seen(
    api: httpx.AsyncClient, database: Database, shelf: Library, clock: JumpingClock
) -> None:
    group = await rows.disk_group(database, mode=ExecutionMode.AUTO)
    for number in (1, 2, 3):
        await shelf.item(f"Movie {number}", external_id=str(number), disk_group_id=group, poster_url="http://p/1")
    await shelf.score()
    lies = {"sizeBytes": 1, "posterUrl": "http://elsewhere/", "scoreDetails": '[{"factor":"fileSize"}]'}

    told = await delete(
        api, wish(shelf, "1", mediaName="movie 1 (2005)", score=85.0, **lies), wish(shelf, "2", score=0.85)
    )
    await delete(api, wish(shelf, "3", score=0.85), compat="reference")

    assert told == {"queued": 2, "total": 2, "mode": "auto", "skipped": []}
    made = await jobs(database)
    assert [round(job.score, 6) for job in made] == [0.85, 0.85, 0.85]
    job = made[0]
    assert (job.title, job.size_bytes, job.poster_url) == ("Movie 1", GIB, "http://p/1")
    assert (job.path, job.disk_group_id, job.trigger) == ("/mnt/media/Movie 1", group, Trigger.USER)
    assert job.score_details == lies["scoreDetails"]
    assert job.fingerprint["instance"]["integrationId"] == shelf.source
    assert "forced" not in job.fingerprint
    assert job.batch_id == made[1].batch_id != made[2].batch_id
    assert job.not_before > clock.now() + timedelta(seconds=20)
    grace = (await api.get("/deletion-queue/grace-period")).json()
    assert (grace["active"], grace["queueSize"]) == (True, 3)
    assert [entry["score"] for entry in (await api.get("/deletion-queue")).json()] == [85, 85, 85]


async def test_T42_T44_S33_what_may_not_go_is_told_with_its_reason(
    api: httpx.AsyncClient, database: Database, shelf: Library
) -> None:
    before = rows.NOW - timedelta(days=1)
    plex = await rows.integration(database, "Plex", type="plex")
    asleep = await rows.integration(database, "Asleep", enabled=False)
    gone = await rows.integration(database, "Gone", removed_at=rows.NOW)
    saved = await rows.integration(database, "Saved", type="radarr", updated_at=real_now() + timedelta(days=1))
    group = await rows.disk_group(database, mode=ExecutionMode.AUTO)
    for number in range(1, 8):
        await shelf.item(f"Movie {number}", external_id=str(number), disk_group_id=group)
    await shelf.item("Elsewhere", external_id="1", integration_id=saved)
    await shelf.show("20", 2)
    await shelf.show("30", 2)
    await shelf.show("40", 1)
    await shelf.score(protected=("1", "20-s1", "30"), left_out=("2",))
    await rows.job(database, shelf.source, "Movie 3", external_id="3", media_type="movie")
    done = {"state": "deleted", "finished_at": real_now()}
    await rows.job(database, shelf.source, "Movie 7", external_id="7", media_type="movie", **done)
    snooze = {"media_name": "Movie 4", "media_type": "movie", "status": "rejected", "created_at": before}
    await rows.add(
        database,
        m.ApprovalItem,
        **snooze,
        integration_id=shelf.source,
        external_id="4",
        snoozed_until=real_now() + timedelta(days=1),
        updated_at=before,
    )

    expected = [
        (wish(shelf, "1"), "an always_keep rule protects it; send force"),
        (wish(shelf, "20", mediaType="show"), "an always_keep rule protects one of its seasons"),
        (wish(shelf, "30-s2", mediaType="season"), "an always_keep rule protects its show"),
        (wish(shelf, "2"), "it has not been scored yet"),
        (wish(shelf, "3"), "its deletion is queued"),
        (wish(shelf, "4"), "it is snoozed until"),
        (wish(shelf, "7"), "it has been deleted, and Radarr was not read again since"),
        (wish(shelf, "5", mediaName="Another"), "the id now belongs to Movie 5"),
        (wish(shelf, "40", mediaType="movie"), "it is a show, not a movie"),
        (wish(shelf, "99"), "the last complete read of Radarr does not know it"),
        (wish(shelf, "1", integrationId=saved), "it has not been read since Saved was saved"),
        (wish(shelf, "1", integrationId=plex), "Plex (plex) cannot delete"),
        (wish(shelf, "1", integrationId=asleep), "Asleep is disabled"),
        (wish(shelf, "1", integrationId=gone), f"there is no integration {gone}"),
        (wish(shelf, "1", integrationId=999_999), "there is no integration 999999"),
        (wish(shelf, "6"), ""),
        (wish(shelf, "6"), "it stands in this request more than once"),
        (wish(shelf, "20-s2", mediaType="season"), ""),
    ]

    told = await delete(api, *[asked for asked, _ in expected])

    wanted = [reason for _, reason in expected if reason]
    assert len(reasons(told)) == len(wanted)
    for reason, begins in zip(reasons(told), wanted, strict=True):
        assert reason.startswith(begins)
    assert told["skipped"][0] == {
        "mediaName": "",
        "mediaType": "movie",
        "integrationId": shelf.source,
        "externalId": "1",
        "reason": reasons(told)[0],
    }
    assert [job.external_id for job in await jobs(database)] == ["20-s2", "3", "6", "7"]


async def test_T42_force_overrides_protection_and_snooze_and_says_so_in_the_fingerprint(
    api: httpx.AsyncClient, database: Database, shelf: Library
) -> None:
    auto = await rows.disk_group(database, mode=ExecutionMode.AUTO)
    asking = await rows.disk_group(database, "/mnt/asking", mode=ExecutionMode.APPROVAL)
    for number, group in (("1", auto), ("2", auto), ("3", auto), ("4", asking)):
        await shelf.item(f"Movie {number}", external_id=number, disk_group_id=group)
    await shelf.score(protected=("1",))
    for number in ("2", "4"):
        await rows.add(
            database,
            m.ApprovalItem,
            media_name=f"Movie {number}",
            media_type="movie",
            status="rejected",
            integration_id=shelf.source,
            external_id=number,
            snoozed_until=real_now() + timedelta(days=1),
            created_at=rows.NOW,
            updated_at=rows.NOW,
        )

    told = await delete(api, *[wish(shelf, number, force=True) for number in ("1", "2", "3", "4")])

    assert (told["queued"], told["mode"]) == (4, "mixed")
    overridden = {job.external_id: job.fingerprint.get("forced") for job in await jobs(database)}
    assert overridden == {"1": ["protection"], "2": ["snooze"], "3": None}
    left = [(row.external_id, row.status, (row.fingerprint or {}).get("forced")) for row in await approvals(database)]
    assert left == [("2", ApprovalStatus.REJECTED, None), ("4", ApprovalStatus.PENDING, ["snooze"])]
    async with database.connect() as conn:
        types = list((await conn.execute(select(m.Outbox.type))).scalars())
    assert types.count("approval_unsnoozed") == 1


async def test_disabled_deletions_simulate_and_a_pending_row_becomes_the_persons_own(
    api: httpx.AsyncClient, database: Database, shelf: Library
) -> None:
    auto = await rows.disk_group(database, mode=ExecutionMode.AUTO)
    asking = await rows.disk_group(database, "/mnt/asking", mode=ExecutionMode.APPROVAL)
    await shelf.item("Movie 1", external_id="1", disk_group_id=auto)
    await shelf.item("Movie 2", external_id="2", disk_group_id=asking)
    await shelf.item("Movie 3", external_id="3", disk_group_id=asking)
    await shelf.score()
    for number, status in (("2", "pending"), ("3", "approved")):
        await rows.add(
            database,
            m.ApprovalItem,
            media_name="Old name",
            media_type="movie",
            status=status,
            integration_id=shelf.source,
            external_id=number,
            created_at=rows.NOW,
            updated_at=rows.NOW,
        )
    async with database.begin() as tx:
        await tx.execute(update(m.Preferences).values(deletions_enabled=False))

    told = await delete(api, wish(shelf, "1"), wish(shelf, "2"), wish(shelf, "3"))

    assert (told["queued"], reasons(told)) == (2, ["its deletion is queued or approved already"])
    (job,) = await jobs(database)
    assert (job.external_id, job.force_dry_run) == ("1", True)
    pending, approved = await approvals(database)
    assert (pending.user_initiated, pending.media_name, pending.size_bytes) == (True, "Movie 2", GIB)
    assert (approved.user_initiated, approved.status) == (False, ApprovalStatus.APPROVED)


async def test_T3_T44_two_requests_at_once_queue_each_item_once(
    api: httpx.AsyncClient, database: Database, shelf: Library
) -> None:
    group = await rows.disk_group(database, mode=ExecutionMode.AUTO)
    for number in range(1, 51):
        await shelf.item(f"Movie {number}", external_id=str(number), disk_group_id=group)
    await shelf.score()
    wishes = [wish(shelf, str(number)) for number in range(1, 51)]

    one, two = await asyncio.gather(delete(api, *wishes), delete(api, *reversed(wishes)))

    assert one["queued"] + two["queued"] == 50
    assert len(await jobs(database)) == 50


BAD_IDS = [
    "",
    " ",
    "0",
    "-1",
    "all",
    "null",
    "../1",
    "1/..",
    "01",
    "+1",
    "1.0",
    "1e3",
    "1-s1",
    "\u0661",
    "1 ",
    "1?x",
    "9" * 19,
]


async def test_S01_S02_incomplete_ids_reach_nothing(api: httpx.AsyncClient, database: Database, shelf: Library) -> None:
    group = await rows.disk_group(database, mode=ExecutionMode.AUTO)
    for number, external_id in enumerate(BAD_IDS):
        await shelf.item(f"Item {number}", external_id=external_id, disk_group_id=group)
    await shelf.item("Show", external_id="7", media_type="show", disk_group_id=group)
    await shelf.score()
    wishes = [wish(shelf, external_id, force=True) for external_id in BAD_IDS]
    seasons = [
        wish(shelf, external_id, mediaType="season", force=True)
        for external_id in ("7", "7-s", "7-s0", "7-s-1", "7-sall", "7-S1", "-s1", "0-s1", "7-s1-s2")
    ]
    kinds = [wish(shelf, "7", mediaType=kind, force=True) for kind in ("", "episode", "album", "Show", "all", "season")]

    told = await delete(api, *wishes, *seasons, *kinds, wish(shelf, "7", integrationId=0), wish(shelf, "7"), {})

    assert told["queued"] == 0
    assert await jobs(database) == []
    assert await approvals(database) == []


@pytest.mark.parametrize(
    ("body", "named"),
    [
        pytest.param({}, "the body", id="object"),
        pytest.param([], "the body", id="empty"),
        pytest.param("all", "the body", id="word"),
        pytest.param([{"externalId": "1"}] * 1001, "the body", id="too many"),
        pytest.param([1], "0", id="number"),
        pytest.param([{"externalId": 42}], "0.externalId", id="id as a number"),
        pytest.param([{"externalId": None}], "0.externalId", id="no id"),
        pytest.param([{"integrationId": True}], "0.integrationId", id="flag as integration"),
        pytest.param([{}, {"sizeBytes": -1}], "1.sizeBytes", id="negative size"),
        pytest.param([{"score": -1}], "0.score", id="negative score"),
        pytest.param([{"scoreDetails": "{}"}], "0.scoreDetails", id="details that are no array"),
        pytest.param([{"force": "yes"}], "0.force", id="word as flag"),
        pytest.param([{"mediaName": "a\x00"}], "0.mediaName", id="NUL"),
    ],
)
async def test_bad_request_names_what_is_wrong(api: httpx.AsyncClient, body: Any, named: str) -> None:
    answer = await api.post("/delete", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{named}:")


@pytest.mark.parametrize("patience", [Patience(first_run_s=0.2, scores_s=0.2)], ids=["impatient"])
async def test_503_while_the_engine_owes_new_scores(api: httpx.AsyncClient, database: Database, shelf: Library) -> None:
    await shelf.item("Movie 1", external_id="1")
    await shelf.score()
    async with database.begin() as tx:
        await tx.execute(update(m.PreviewState).values(wanted_scoring=m.PreviewState.wanted_scoring + 1))

    answer = await api.post("/delete", json=[wish(shelf, "1")])

    assert answer.status_code == 503
    assert await jobs(database) == []
