"""Disk groups over rounds of reads, on a real Postgres (domain.md 4.5)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, HoldCode, IntegrationType, SnapshotState
from tests.service.sync.rows import TB, House

pytestmark = pytest.mark.service

SONARR, RADARR = IntegrationType.SONARR, IntegrationType.RADARR
OWNERS_CHOICE = (
    m.DiskGroup.id,
    m.DiskGroup.threshold_pct,
    m.DiskGroup.target_pct,
    m.DiskGroup.mode,
    m.DiskGroup.sunset_pct,
    m.DiskGroup.total_bytes_override,
)


async def test_T51_T52_only_mounts_with_root_folders_become_groups(house: House) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/": (TB, 1), "/config": (TB, 2), "/media": (8 * TB, TB)}, ["/media/tv"])

    await house.discover()

    (group,) = (await house.groups()).values()
    assert group.mount_path == "/media"
    assert (group.total_bytes, group.used_bytes) == (8 * TB, 7 * TB)
    assert (group.threshold_pct, group.target_pct, group.mode) == (85, 75, ExecutionMode.DRY_RUN)


async def test_T67_new_group_takes_the_default_mode_and_names_the_run_that_found_it(house: House) -> None:
    await house.default_mode(ExecutionMode.AUTO)
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/media": (8 * TB, TB)}, ["/media/tv"])
    run_id = await house.run()

    await house.discover(run_id)

    (group,) = (await house.groups()).values()
    assert group.mode is ExecutionMode.AUTO
    assert group.discovered_in_run == run_id


async def test_T67_group_found_by_another_read_during_a_run_counts_as_found_in_it(house: House) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/media": (8 * TB, TB)}, ["/media/tv"])
    run_id = await house.run()

    await house.discover(run_id=None)

    (group,) = (await house.groups()).values()
    assert group.discovered_in_run == run_id


async def test_T68_default_sunset_becomes_dry_run_for_a_new_group(house: House) -> None:
    await house.default_mode(ExecutionMode.SUNSET)
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/media": (8 * TB, TB)}, ["/media/tv"])

    await house.discover()

    (group,) = (await house.groups()).values()
    assert group.mode is ExecutionMode.DRY_RUN


async def test_T54_S23_owners_choice_survives_an_outage_byte_for_byte(house: House) -> None:
    sonarr, radarr = await house.integration(SONARR), await house.integration(RADARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
    await house.discover()
    await house.execute(
        update(m.DiskGroup).values(
            threshold_pct=95, target_pct=90, sunset_pct=80, mode=ExecutionMode.SUNSET, total_bytes_override=5
        )
    )
    before = await house.rows(select(*OWNERS_CHOICE).order_by(m.DiskGroup.id))

    for _ in range(3):
        house.now += timedelta(minutes=5)
        await house.ended(sonarr, SnapshotState.FAILED)
        await house.ended(radarr, SnapshotState.FAILED)
        await house.discover()
        assert [group.stale_since for group in (await house.groups()).values()] == [None, None]
    house.now += timedelta(minutes=5)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
    await house.discover()

    assert await house.rows(select(*OWNERS_CHOICE).order_by(m.DiskGroup.id)) == before


async def test_T56_mount_of_a_failed_source_goes_stale_and_comes_back(house: House) -> None:
    sonarr, radarr = await house.integration(SONARR), await house.integration(RADARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
    await house.discover()
    first = (await house.groups())["/tv"]

    house.now += timedelta(hours=1)
    went_stale = house.now
    for _ in range(2):
        await house.ended(sonarr, SnapshotState.FAILED)
        await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
        await house.discover()
        house.now += timedelta(days=1)
    stale = (await house.groups())["/tv"]
    await house.reports(sonarr, {"/tv": (8 * TB, 2 * TB)}, ["/tv"])
    await house.discover()
    back = (await house.groups())["/tv"]

    assert stale.stale_since == went_stale
    assert (back.id, back.stale_since, back.used_bytes) == (first.id, None, 6 * TB)
    assert await house.events() == ["disk_group_stale", "disk_group_resurrected"]
    (told,) = await house.rows(select(m.Outbox.data).where(m.Outbox.type == "disk_group_resurrected"))
    assert '"staleDays":2' in told.data


async def test_T57_nothing_changes_when_no_reporter_answered(house: House) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.discover()
    before = await house.rows(select(m.DiskGroup))

    house.now += timedelta(hours=1)
    await house.ended(sonarr, SnapshotState.FAILED)
    await house.discover()

    assert await house.rows(select(m.DiskGroup)) == before


async def test_a_round_that_is_not_over_decides_nothing(house: House) -> None:
    sonarr, radarr = await house.integration(SONARR), await house.integration(RADARR)
    await house.reports(sonarr, {"/": (TB, 1)}, ["/media/tv"])
    await house.request(radarr)

    await house.discover()
    early = await house.groups()
    await house.execute(update(m.Snapshot).values(state=SnapshotState.COMPLETE, started_at=house.now))
    await house.reports(radarr, {"/media": (8 * TB, TB)}, ["/media/movies"])
    await house.discover()

    assert early == {}
    assert set(await house.groups()) == {"/media"}


async def test_T58_reaped_only_after_the_grace_period_of_its_first_stale_day(house: House) -> None:
    sonarr, radarr = await house.integration(SONARR), await house.integration(RADARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
    await house.discover()

    left = []
    for _ in range(9):
        house.now += timedelta(days=1)
        await house.ended(sonarr, SnapshotState.FAILED)
        await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
        await house.discover()
        left.append(len(await house.groups()))

    assert left == [2] * 8 + [1]
    assert await house.events() == ["disk_group_stale", "disk_group_reaped"]


async def test_T55_disabling_the_last_integration_makes_its_groups_stale_and_enabling_revives_them(
    house: House,
) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.discover()
    first = (await house.groups())["/tv"]

    await house.execute(update(m.Integration).values(enabled=False))
    await house.discover()
    stale = (await house.groups())["/tv"]
    await house.execute(update(m.Integration).values(enabled=True))
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.discover()
    back = (await house.groups())["/tv"]

    assert stale.stale_since == house.now
    assert (back.id, back.stale_since) == (first.id, None)


async def test_T69_reporters_of_different_disks_hold_the_group_until_a_person_releases_it(house: House) -> None:
    sonarr, radarr = await house.integration(SONARR), await house.integration(RADARR)

    async def round_of_reads() -> None:
        house.now += timedelta(minutes=5)
        await house.reports(sonarr, {"/data": (8 * TB, TB)}, ["/data/tv"], at=house.now - timedelta(seconds=9))
        await house.reports(radarr, {"/data": (4 * TB, TB)}, ["/data/movies"])
        await house.discover()

    for _ in range(3):
        await round_of_reads()
    (hold,) = await house.rows(select(m.Hold))
    await house.execute(update(m.Hold).values(released_at=house.now, released_by="admin"))
    await round_of_reads()
    after_release = await house.rows(select(m.Hold))

    assert (hold.code, hold.breaker) == (HoldCode.DISK_DISPUTED, True)
    assert "/data" in hold.message
    assert len(after_release) == 1
    assert (await house.groups())["/data"].total_bytes == 4 * TB
    assert (await house.events()).count("breaker_tripped") == 1


async def test_T69_a_size_set_by_a_person_ends_the_dispute(house: House) -> None:
    sonarr, radarr = await house.integration(SONARR), await house.integration(RADARR)
    await house.reports(sonarr, {"/data": (8 * TB, TB)}, ["/data/tv"])
    await house.reports(radarr, {"/data": (4 * TB, TB)}, ["/data/movies"])
    await house.discover()

    await house.execute(update(m.DiskGroup).values(total_bytes_override=6 * TB))
    await house.discover()

    (hold,) = await house.rows(select(m.Hold))
    assert hold.released_at == house.now
    assert hold.released_by is None


async def test_implausible_disk_is_unknown_and_not_empty(house: House) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/data": (8 * TB, TB)}, ["/data/tv"])
    await house.discover()

    await house.reports(sonarr, {"/data": (0, 0)}, ["/data/tv"])
    await house.discover()

    group = (await house.groups())["/data"]
    assert group.read_at is None
    assert (group.total_bytes, group.used_bytes, group.stale_since) == (0, 0, None)


async def test_links_name_the_reporters_and_keep_those_that_did_not_answer(house: House) -> None:
    sonarr, radarr = await house.integration(SONARR), await house.integration(RADARR)
    third = await house.integration(RADARR)
    for one in (sonarr, radarr, third):
        await house.reports(one, {"/data": (8 * TB, TB)}, ["/data/tv"])
    await house.discover()

    house.now += timedelta(minutes=5)
    await house.reports(sonarr, {"/data": (8 * TB, TB)}, ["/data/tv"])
    await house.ended(radarr, SnapshotState.FAILED)
    await house.reports(third, {"/other": (8 * TB, TB)}, ["/other"])
    await house.discover()

    links = await house.rows(
        select(m.DiskGroup.mount_path, m.DiskGroupIntegration.integration_id)
        .join(m.DiskGroupIntegration, m.DiskGroupIntegration.disk_group_id == m.DiskGroup.id)
        .order_by(m.DiskGroup.mount_path, m.DiskGroupIntegration.integration_id)
    )
    assert [tuple(link) for link in links] == [("/data", sonarr), ("/data", radarr), ("/other", third)]


async def test_a_run_has_one_raw_history_point_for_each_known_disk(house: House) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB), "/broken": (0, 0)}, ["/tv", "/broken"])
    run_id = await house.run()

    await house.discover(run_id)
    await house.discover(run_id)
    house.now += timedelta(minutes=5)
    await house.reports(sonarr, {"/tv": (8 * TB, 3 * TB), "/broken": (0, 0)}, ["/tv", "/broken"])
    await house.discover(await house.run())

    points = await house.rows(select(m.LibraryHistory).order_by(m.LibraryHistory.timestamp))
    assert [(point.used_capacity, point.total_capacity) for point in points] == [(7 * TB, 8 * TB), (5 * TB, 8 * TB)]
    assert {point.disk_group_id for point in points} == {(await house.groups())["/tv"].id}
