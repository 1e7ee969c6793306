"""A disk group in approval: a run puts its candidates before a person, and takes back what it need not ask any more."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from libs.common.approvals.snoozing import before_snoozing
from libs.common.db import models as m
from libs.common.deletions import NewJob, enqueue_jobs, open_batch
from libs.common.domain.enums import ApprovalStatus, ExecutionMode, RuleEffect, Trigger
from services.engine.approvals import queries
from services.engine.runs.leader import Leader
from tests.service.engine.rows import GIB, TB, Library

pytestmark = pytest.mark.service

APPROVAL = ExecutionMode.APPROVAL


async def rows(library: Library) -> list[Any]:
    return sorted(await library.rows(m.ApprovalItem), key=lambda row: (row.integration_id, int(row.external_id)))


async def listed(library: Library) -> dict[str, str]:
    """Status by external id."""
    return {row.external_id: row.status.value for row in await rows(library)}


async def told(library: Library, kind: str) -> list[str]:
    return [event.data for event in await library.events(kind)]


async def stocked(library: Library, items: int = 5, **columns: Any) -> tuple[int, int]:
    """A full disk in approval with movies of 100 GB, of which two have to go."""
    radarr, group = await library.integration(), await library.group(APPROVAL, **columns)
    for number in range(1, items + 1):
        await library.item(radarr, group, number)
    return radarr, group


async def change(library: Library, number: int, **values: Any) -> None:
    row = m.ApprovalItem
    await library.execute(update(row).where(row.external_id == str(number)).values(**values))


async def approve(library: Library, number: int) -> None:
    """What the api does: the row and its job."""
    (row,) = await library.rows(m.ApprovalItem, m.ApprovalItem.external_id == str(number))
    job = NewJob(
        integration_id=row.integration_id,
        media_type=row.media_type,
        external_id=row.external_id,
        title=row.media_name,
        size_bytes=row.size_bytes,
        trigger=Trigger.APPROVAL,
        disk_group_id=row.disk_group_id,
        enqueued_mode=APPROVAL,
        approval_id=row.id,
    )
    async with library.db.begin() as tx:
        batch = await open_batch(tx, None, library.now)
        await enqueue_jobs(tx, [job], batch=batch, source="api", now=library.now, delay_s=30)
    await change(library, number, status=ApprovalStatus.APPROVED)


async def wants_row(library: Library, radarr: int, number: int, **columns: Any) -> None:
    """A row that a person put on the list."""
    values = {
        "media_name": f"Movie {number}",
        "media_type": "movie",
        "integration_id": radarr,
        "external_id": str(number),
        "trigger": "user",
        "user_initiated": True,
        "created_at": library.now,
        "updated_at": library.now,
        **columns,
    }
    await library.execute(insert(m.ApprovalItem).values(values))


async def test_run_lists_exactly_its_candidates_and_queues_nothing(library: Library, engine: Leader) -> None:
    radarr, group = await stocked(library)

    run = await library.run()

    first, _ = await rows(library)
    assert await listed(library) == {"1": "pending", "2": "pending"}
    assert await library.jobs() == []
    assert (first.disk_group_id, first.run_id, first.size_bytes, first.user_initiated) == (
        group,
        run.id,
        100 * GIB,
        False,
    )
    assert '"factor":"fileSize"' in first.score_details
    assert first.fingerprint == {
        "title": "Movie 1",
        "path": "/data/movies/Movie 1",
        "sizeBytes": 100 * GIB,
        "fileFingerprint": "f1",
        "instance": {"integrationId": radarr, "type": "radarr", "url": "http://127.0.0.1:9"},
        "watch": {"playCount": None, "lastPlayed": None},
        "watchEvidenceAt": None,
    }
    assert (run.candidates, run.queued, run.freed_bytes) == (2, 0, 200 * GIB)
    assert (await library.outcome(run.id, group)).held_code == ""


async def test_T18_next_runs_renew_pending_rows_and_never_touch_approved_ones(library: Library, engine: Leader) -> None:
    await stocked(library)
    await library.run()
    approved, pending = await rows(library)
    await approve(library, 1)
    await library.execute(update(m.MediaItem).values(play_count=3, poster_url="/p.jpg"))
    library.clock.jump(seconds=60)

    await library.run()

    kept, renewed = await rows(library)
    assert kept._asdict() == approved._asdict() | {"status": ApprovalStatus.APPROVED}
    assert (renewed.id, renewed.created_at) == (pending.id, pending.created_at)
    assert (renewed.poster_url, renewed.version) == ("/p.jpg", pending.version + 1)
    assert renewed.fingerprint["watch"]["playCount"] == 3


async def test_version_moves_with_the_facts_and_not_with_every_run(library: Library, engine: Leader) -> None:
    await stocked(library)
    await library.run()
    library.clock.jump(days=1)  # scores and the age of evidence move

    await library.run()

    assert {row.version for row in await rows(library)} == {1}


async def test_approved_bytes_are_on_their_way_and_pending_ones_are_decided_anew(
    library: Library, engine: Leader
) -> None:
    _, group = await stocked(library)
    await library.run()
    await approve(library, 2)

    run = await library.run()

    assert await listed(library) == {"1": "pending", "2": "approved"}
    assert (await library.outcome(run.id, group)).bytes_in_flight == 100 * GIB
    assert run.candidates == 1


async def test_reconcile_takes_back_what_is_no_candidate_any_more_and_says_how_many(
    library: Library, engine: Leader
) -> None:
    radarr, group = await stocked(library)
    await library.run()
    await wants_row(library, radarr, 5)
    rule = {"integration_id": radarr, "field": "title", "operator": "equals", "value": "Movie 1"}
    marks = {"effect": RuleEffect.ALWAYS_KEEP, "created_at": library.now, "updated_at": library.now}
    await library.execute(insert(m.CustomRule).values(rule | marks))

    await library.run()

    assert await listed(library) == {"2": "pending", "3": "pending", "5": "pending"}
    (event,) = await told(library, "approval_queue_reconciled")
    assert event == f'{{"diskGroupId":{group},"dismissed":1}}'


async def test_T132_no_candidate_at_all_above_the_threshold_leaves_only_what_people_asked_for(
    library: Library, engine: Leader
) -> None:
    radarr, _ = await stocked(library, items=3)
    await library.run()
    await wants_row(library, radarr, 3)
    for number in (1, 2):
        await change(library, number, status=ApprovalStatus.REJECTED, snoozed_until=library.now + timedelta(days=1))
    await library.execute(update(m.MediaItem).where(m.MediaItem.external_id == "3").values(size_bytes=0))

    await library.run()

    assert await listed(library) == {"1": "rejected", "2": "rejected", "3": "pending"}


async def test_T21_T133_below_the_threshold_snoozes_and_peoples_rows_stay(library: Library, engine: Leader) -> None:
    radarr, _ = await stocked(library)
    await library.run()
    await change(library, 1, status=ApprovalStatus.REJECTED, snoozed_until=library.now + timedelta(days=1))
    await wants_row(library, radarr, 5)

    await library.execute(update(m.DiskGroup).values(used_bytes=int(TB * 0.5)))
    await library.run()
    below = await listed(library)
    await library.execute(update(m.DiskGroup).values(used_bytes=int(TB * 0.9)))
    await library.run()

    assert below == {"1": "rejected", "5": "pending"}
    assert await told(library, "approval_queue_cleared") == ['{"count":1}']
    assert await listed(library) == {"1": "rejected", "2": "pending", "3": "pending", "5": "pending"}


async def test_T64_only_the_group_that_fell_below_its_threshold_is_cleared(library: Library, engine: Leader) -> None:
    radarr, first = await stocked(library)
    second = await library.group(APPROVAL, mount_path="/more")
    for number in range(11, 16):
        await library.item(radarr, second, number)
    await library.run()
    asked = await listed(library)

    await library.execute(update(m.DiskGroup).where(m.DiskGroup.id == first).values(used_bytes=int(TB * 0.5)))
    await library.run()

    assert asked == dict.fromkeys(("1", "2", "11", "12"), "pending")
    assert await listed(library) == dict.fromkeys(("11", "12"), "pending")


async def test_T20_snoozed_item_is_absent_until_its_snooze_is_over(library: Library, engine: Leader) -> None:
    await stocked(library)
    await library.run()
    (first, _) = await rows(library)
    await change(library, 1, status=ApprovalStatus.REJECTED, snoozed_until=library.now + timedelta(hours=1))

    await library.run()
    meanwhile = await listed(library)
    library.clock.jump(seconds=3601)
    await library.run()

    again, _ = await rows(library)
    assert meanwhile == {"1": "rejected", "2": "pending", "3": "pending"}
    assert await listed(library) == {"1": "pending", "2": "pending"}
    assert (again.id, again.snoozed_until, again.version) == (first.id, None, 2)
    assert await told(library, "approval_bulk_unsnoozed") == ['{"count":1}']


async def test_snooze_that_is_over_goes_where_its_item_waits_already(library: Library, engine: Leader) -> None:
    radarr, _ = await stocked(library)
    await wants_row(library, radarr, 1, status="rejected", snoozed_until=library.now)
    await wants_row(library, radarr, 1)

    await library.run()

    assert [(row.external_id, row.user_initiated) for row in await rows(library)] == [("1", True), ("2", False)]


async def test_S24_T135_only_approvals_without_a_job_are_put_back(library: Library, engine: Leader) -> None:
    await stocked(library)
    await library.run()
    await approve(library, 1)
    await change(library, 2, status=ApprovalStatus.APPROVED)

    await library.run()

    kept, recovered = await rows(library)
    assert (kept.status, recovered.status) == (ApprovalStatus.APPROVED, ApprovalStatus.PENDING)
    assert "lost" in recovered.last_error
    assert await told(library, "approval_orphans_recovered") == ['{"count":1}']


async def test_S26_what_a_person_put_on_the_list_tells_todays_facts(library: Library, engine: Leader) -> None:
    radarr, _ = await stocked(library)
    await library.group(APPROVAL, mount_path="/roomy", used_pct=10)
    await wants_row(library, radarr, 4, fingerprint={"forced": ["protection"], "title": "Old"}, score=0)
    await library.execute(update(m.MediaItem).where(m.MediaItem.external_id == "4").values(play_count=2))

    await library.run()

    (row,) = await library.rows(m.ApprovalItem, m.ApprovalItem.external_id == "4")
    assert (row.user_initiated, row.trigger, row.version) == (True, Trigger.USER, 2)
    assert (row.fingerprint["forced"], row.fingerprint["watch"]["playCount"]) == (["protection"], 2)
    assert row.score > 0


async def test_S26_item_read_before_its_integration_was_saved_names_no_installation(
    library: Library, engine: Leader
) -> None:
    await stocked(library)
    await library.execute(
        update(m.Integration).values(url="http://elsewhere:7878", updated_at=library.now + timedelta(seconds=1))
    )

    await library.run()

    assert {row.fingerprint["instance"] for row in await rows(library)} == {None}


@pytest.mark.parametrize(
    ("mode", "left"), [(ExecutionMode.AUTO, set()), (ExecutionMode.DRY_RUN, {"1", "2"})], ids=["auto", "dry-run"]
)
async def test_group_that_decides_by_itself_now_takes_its_questions_back(
    library: Library, engine: Leader, mode: ExecutionMode, left: set[str]
) -> None:
    """In dry-run an approval is still possible, and simulated (api.md 46)."""
    await stocked(library)
    await library.run()

    await library.execute(update(m.DiskGroup).values(mode=mode))
    await library.run()

    assert set(await listed(library)) == left
    assert await library.queued() == {"1", "2"}


async def test_group_in_the_run_that_found_it_asks_nothing(library: Library, engine: Leader) -> None:
    (upcoming,) = [row.id for row in await library.rows(m.EngineRun)]
    await stocked(library, discovered_in_run=upcoming + 1)

    run = await library.run()

    assert run.id == upcoming + 1
    assert await listed(library) == {}


async def test_collection_is_listed_whole_with_the_group_that_asks(library: Library, engine: Leader) -> None:
    radarr = await library.integration(collection_deletion=True)
    group = await library.group(APPROVAL)
    other = await library.group(APPROVAL, mount_path="/other", used_pct=10, total_bytes=2 * TB)
    alien: dict[str, Any] = {"collections": ["Alien"], "collection_sources": {"Alien": [radarr]}}
    await library.item(radarr, group, 1, **alien)
    await library.item(radarr, other, 2, **alien)

    await library.run()
    before = await rows(library)
    await library.run()

    assert [(row.external_id, row.collection_group, row.disk_group_id) for row in before] == [
        ("1", "Alien", group),
        ("2", "Alien", group),
    ]
    assert [row.id for row in await rows(library)] == [row.id for row in before], "the other group took one back"


async def test_T20_a_run_lists_nothing_that_a_person_is_putting_to_sleep(library: Library) -> None:
    """The person's transaction began first; the run has chosen its candidates before that."""
    radarr, group = await stocked(library)
    await wants_row(library, radarr, 1, trigger="engine", user_initiated=False)
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def snooze() -> None:
        async with library.db.begin() as tx:
            await before_snoozing(tx)
            until = library.now + timedelta(days=1)
            await tx.execute(update(m.ApprovalItem).values(status=ApprovalStatus.REJECTED, snoozed_until=until))
            begun.set()
            await may_end.wait()

    async def list_both() -> int:
        await begun.wait()
        given = [_given(radarr, group, number) for number in (1, 2)]
        async with library.db.begin() as tx:
            asyncio.get_running_loop().call_later(0.2, may_end.set)
            return await queries.list_items(tx, given, 1, library.now)

    _, added = await asyncio.gather(snooze(), list_both())

    assert added == 1
    assert await listed(library) == {"1": "rejected", "2": "pending"}


async def test_T18_listing_an_item_that_was_approved_meanwhile_changes_nothing(library: Library) -> None:
    radarr, group = await stocked(library)
    await wants_row(library, radarr, 1, status="approved")
    (before,) = await rows(library)

    async with library.db.begin() as tx:
        added = await queries.list_items(tx, [_given(radarr, group, 1)], 1, library.now)

    assert added == 0
    assert await rows(library) == [before]


def _given(radarr: int, group: int, number: int) -> dict[str, Any]:
    return {
        "integration_id": radarr,
        "external_id": str(number),
        "media_name": f"Movie {number}",
        "media_type": "movie",
        "size_bytes": 1,
        "score": 0.5,
        "score_details": "[]",
        "poster_url": "",
        "disk_group_id": group,
        "collection_group": "",
        "fingerprint": "{}",
    }
