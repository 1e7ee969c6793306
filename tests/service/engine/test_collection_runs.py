"""Collections that are deleted as a whole, from the stored catalogue to the jobs of a run."""

import json
from typing import Any

import pytest
from sqlalchemy import insert

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, HoldCode, HoldScope, IntegrationType
from services.engine.catalogue import load_catalogue
from services.engine.runs.leader import Leader
from tests.service.engine.rows import GIB, TB, Library

pytestmark = pytest.mark.service


def collected(**sources: list[int]) -> dict[str, Any]:
    return {"collections": sorted(sources), "collection_sources": sources}


async def groups_of_jobs(library: Library) -> dict[str, str]:
    return {job.external_id: job.collection_group for job in await library.jobs()}


async def test_T126_T129_only_collections_of_sources_with_the_switch_count(library: Library) -> None:
    radarr = await library.integration()
    plex = await library.integration(IntegrationType.PLEX, collection_deletion=True)
    off = await library.integration(IntegrationType.EMBY, collection_deletion=True, enabled=False)
    await library.item(radarr, None, 1, **collected(First=[radarr], Second=[plex, radarr], Third=[off]))
    await library.item(radarr, None, 2)
    await library.item(radarr, None, 3, collections=["First"])

    found = load_catalogue(library.db.url).sort("id")["deletion_collections"].to_list()

    assert found == [[f"{plex}/Second"], [], []]


async def test_collection_of_unknown_source_is_one_of_the_items_own_integration(library: Library) -> None:
    radarr = await library.integration(collection_deletion=True)
    await library.item(radarr, None, 1, collections=["Old / New"])

    assert load_catalogue(library.db.url)["deletion_collections"].to_list() == [[f"{radarr}/Old / New"]]


async def test_collection_becomes_jobs_of_one_name_and_one_score(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(collection_deletion=True), await library.group(used_pct=90)
    await library.item(radarr, group, 1, **collected(Alien=[radarr]))
    await library.item(radarr, group, 2, size_bytes=60 * GIB, **collected(Alien=[radarr]))
    await library.item(radarr, group, 3, size_bytes=50 * GIB)

    run = await library.run()

    assert await groups_of_jobs(library) == {"1": "Alien", "2": "Alien"}
    jobs = await library.jobs()
    assert len({(job.score, job.score_details, job.batch_id) for job in jobs}) == 1
    assert json.loads(jobs[0].score_details)[0]["key"] == "file_size"
    assert (run.candidates, run.queued) == (2, 2)


async def test_T129_two_instances_with_a_collection_of_one_name_queue_two(library: Library, engine: Leader) -> None:
    group = await library.group(used_pct=90)
    for number in (1, 3):
        radarr = await library.integration(name=f"radarr{number}", collection_deletion=True)
        await library.item(radarr, group, number, size_bytes=50 * GIB, **collected(Alien=[radarr]))
        await library.item(radarr, group, number + 1, size_bytes=50 * GIB, **collected(Alien=[radarr]))

    await library.run()

    # the deleter lets members wait for each other, and keeps no member of a collection that has begun to go
    assert await groups_of_jobs(library) == {"1": "Alien", "2": "Alien", "3": "Alien (2)", "4": "Alien (2)"}


async def test_T131_D6_members_on_another_disk_of_the_same_mode_go_along_once(library: Library, engine: Leader) -> None:
    radarr = await library.integration(collection_deletion=True)
    group = await library.group(used_pct=90)
    other = await library.group(mount_path="/other", used_pct=95, total_bytes=2 * TB, used_bytes=int(1.9 * TB))
    await library.item(radarr, group, 1, size_bytes=200 * GIB, **collected(Alien=[radarr]))
    await library.item(radarr, other, 2, size_bytes=200 * GIB, **collected(Alien=[radarr]))
    await library.item(radarr, other, 3, size_bytes=300 * GIB)

    run = await library.run()

    assert await groups_of_jobs(library) == {"1": "Alien", "2": "Alien", "3": ""}
    assert (await library.outcome(run.id, group)).candidates == 2
    assert (await library.outcome(run.id, other)).candidates == 1


@pytest.mark.parametrize("mode", [ExecutionMode.DRY_RUN, ExecutionMode.APPROVAL])
async def test_T131_D6_member_on_a_disk_of_another_mode_keeps_its_collection(
    library: Library, engine: Leader, mode: ExecutionMode
) -> None:
    radarr, group = await library.integration(collection_deletion=True), await library.group(used_pct=90)
    other = await library.group(mode, mount_path="/other", used_pct=10, total_bytes=2 * TB)
    await library.item(radarr, group, 1, **collected(Alien=[radarr]))
    await library.item(radarr, other, 2, **collected(Alien=[radarr]))
    await library.item(radarr, group, 3, size_bytes=50 * GIB)

    await library.run()

    assert await library.queued() == {"3"}


async def test_member_on_a_held_disk_keeps_its_collection(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(collection_deletion=True), await library.group(used_pct=90)
    other = await library.group(mount_path="/other", used_pct=10, total_bytes=2 * TB)
    await library.item(radarr, group, 1, **collected(Alien=[radarr]))
    await library.item(radarr, other, 2, **collected(Alien=[radarr]))
    breaker = {"scope": HoldScope.DISK_GROUP, "code": HoldCode.MASS_CHANGE, "message": "too much", "breaker": True}
    await library.execute(insert(m.Hold).values(disk_group_id=other, created_at=library.now, **breaker))

    await library.run()

    assert await library.queued() == set()


@pytest.mark.parametrize("by", ["flag", "sunset"])
async def test_T103_T104_seasons_from_before_show_level_only_do_not_count(library: Library, by: str) -> None:
    sonarr = await library.integration(IntegrationType.SONARR, show_level_only=by == "flag")
    other = await library.integration(IntegrationType.SONARR, name="other")
    mode = ExecutionMode.SUNSET if by == "sunset" else ExecutionMode.AUTO
    group = await library.group(mode, sunset_pct=60)
    await library.execute(insert(m.DiskGroupIntegration).values(disk_group_id=group, integration_id=sonarr))
    for place in (sonarr, other):
        await library.item(place, group, 7, media_type="show")
        await library.item(place, group, 8, media_type="season", season_number=1, external_id="7-s1")

    found = load_catalogue(library.db.url).select("integration_id", "external_id").rows()

    assert sorted(found) == [(sonarr, "7"), (other, "7"), (other, "7-s1")]
