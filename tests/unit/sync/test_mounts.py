"""4.5: which mounts hold media."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.paths import is_within
from services.sync.disks.mounts import (
    UNKNOWN,
    Choice,
    Folder,
    Mount,
    Reading,
    Sizes,
    choose_mounts,
    merge_readings,
    sizes_of,
    twins,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TB = 1024**4


def reading(path: str, integration: int = 1, total: int = 8 * TB, free: int = TB, age_s: int = 0) -> Reading:
    return Reading(integration, path, total, free, NOW - timedelta(seconds=age_s))


def folder(path: str, integration: int = 1, free: int | None = None, *, accessible: bool | None = True) -> Folder:
    return Folder(integration, path, accessible, free, NOW)


def choice(roots: list[str], *paths: str, former: tuple[str, ...] = ()) -> Choice:
    return choose_mounts(map(folder, roots), merge_readings(reading(path) for path in paths), former)


def chosen(roots: list[str], *paths: str) -> list[str]:
    return [mount.path for mount in choice(roots, *paths).mounts]


def only(mounts: list[Mount]) -> Mount:
    (mount,) = mounts
    return mount


@pytest.mark.parametrize(
    ("roots", "paths", "expected"),
    [
        (["/media/tv"], ["/", "/media"], ["/media"]),
        (["/media/tv"], ["/media", "/media/tv"], ["/media/tv"]),
        (["/media2/tv"], ["/media", "/media2"], ["/media2"]),
        (["/media/tv", "/media2/tv"], ["/media", "/media2"], ["/media", "/media2"]),
        (["/media/tv"], ["/config", "/media"], ["/media"]),
        (["/media"], ["/media/"], ["/media"]),
        ([r"D:\Media\Movies"], ["D:\\"], ["D:"]),
        (["d:/media"], ["D:\\"], ["D:"]),
        ([r"\\nas\media\tv"], ["//nas/media"], ["//nas/media"]),
        (["/tv", "/movies"], ["/", "/movies"], ["/movies"]),
        (["/tv"], ["/", "/config"], ["/"]),
        ([r"\\nas\media\tv"], ["/", "/config"], []),
        ([""], ["/"], []),
        ([], ["/media"], []),
    ],
    ids=[
        "T51 root filesystem loses",
        "T49 longest mount wins",
        "T48 no bare prefix",
        "T48 neighbours stay apart",
        "T52 no root folder, no group",
        "T53 trailing slash",
        "T50 drive",
        "T50 drive in the other case",
        "T50 UNC",
        "T51 root filesystem pruned",
        "root filesystem alone",
        "T50 share of another machine is not on the root filesystem",
        "empty root folder",
        "no root folder",
    ],
)
def test_mount_choice(roots: list[str], paths: list[str], expected: list[str]) -> None:
    assert chosen(roots, *paths) == expected


def test_root_folder_on_no_disk_is_named() -> None:
    found = choice(["/other/tv"], "/media")

    assert found.mounts == ()
    assert found.unmatched == ("/other/tv",)


def test_same_path_of_two_reporters_is_one_mount_with_the_newest_size() -> None:
    mount = only(merge_readings([reading("/m", 1, free=5, age_s=60), reading("/m/", 2, free=9)]))

    assert mount.reporters == {1, 2}
    assert mount.newest is not None
    assert mount.newest.free_bytes == 9
    assert not mount.is_disputed


@pytest.mark.parametrize(
    ("other_total", "is_disputed"), [(8 * TB, False), (int(7.95 * TB), False), (int(7.9 * TB), True), (4 * TB, True)]
)
def test_T69_totals_more_than_one_per_cent_apart_are_disputed(other_total: int, is_disputed: bool) -> None:
    mount = only(merge_readings([reading("/data", 1), reading("/data", 2, total=other_total)]))

    assert mount.is_disputed is is_disputed


@pytest.mark.parametrize(
    ("total", "free"), [(0, 0), (TB, 2 * TB), (TB, -1), (-TB, 0)], ids=["no size", "more free", "minus", "minus size"]
)
def test_implausible_reading_leaves_the_disk_unknown(total: int, free: int) -> None:
    mount = only(merge_readings([reading("/data", total=total, free=free)]))

    assert mount.newest is None
    assert not mount.is_disputed


def test_plausible_reading_of_another_reporter_counts() -> None:
    mount = only(merge_readings([reading("/data", 1, age_s=60), reading("/data", 2, total=0)]))

    assert mount.newest is not None
    assert mount.newest.integration_id == 1


segment = st.sampled_from(["a", "ab", "b", "media", "media2"])
path = st.lists(segment, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))


@given(st.lists(path, max_size=5), st.lists(path | st.just("/"), max_size=6))
def test_every_root_folder_is_on_a_chosen_mount_named_as_unmatched_or_only_on_the_pruned_root(
    roots: list[str], disks: list[str]
) -> None:
    found = choice(roots, *disks)
    mounts = [mount.path for mount in found.mounts]

    assert "/" not in mounts or mounts == ["/"]
    for root in roots:
        holders = [mount for mount in mounts if is_within(root, mount)]
        assert bool(holders) or root in found.unmatched or "/" in disks
        assert not (holders and root in found.unmatched)


@pytest.mark.parametrize("reported", [["/"], []], ids=["root filesystem in its place", "nothing in its place"])
def test_S22_root_folder_whose_disk_is_gone_waits_for_it(reported: list[str]) -> None:
    found = choice(["/media/tv"], *reported, former=("/media",))

    assert found == Choice((), (), ("/media/tv",))


def test_disk_that_is_gone_does_not_wait_when_its_folder_lies_on_another_one_now() -> None:
    assert [mount.path for mount in choice(["/data/tv"], "/data", former=("/data/tv",)).mounts] == ["/data"]


def test_root_folder_without_a_reported_disk_stands_for_its_own() -> None:
    folders = [folder(r"\\nas\tv", 1, free=5), folder("//nas/tv/", 2, free=7)]

    (mount,) = choose_mounts(folders, merge_readings([reading("C:\\")])).mounts

    assert mount.path == "//nas/tv"
    assert mount.reporters == {1, 2}
    assert mount.newest is None
    assert mount.room is not None


@pytest.mark.parametrize(
    "lone",
    [folder("//nas/tv"), folder("//nas/tv", free=5, accessible=False)],
    ids=["room not told", "not accessible"],
)
def test_root_folder_that_tells_no_room_stays_unmatched(lone: Folder) -> None:
    assert choose_mounts([lone], []) == Choice((), ("//nas/tv",))


@pytest.mark.parametrize(
    ("free", "override", "expected"),
    [
        (3, 10, Sizes(0, 7, NOW)),
        (0, 10, Sizes(0, 10, NOW)),
        (10, 10, Sizes(0, 0, NOW)),
        (11, 10, UNKNOWN),
        (3, None, UNKNOWN),
        (3, 0, UNKNOWN),
    ],
    ids=["override", "full", "empty", "more free than the whole", "no override", "zero is none"],
)
def test_room_without_a_whole_has_a_size_only_by_the_owners_word(
    free: int, override: int | None, expected: Sizes
) -> None:
    (mount,) = choose_mounts([folder("//nas/tv", free=free)], []).mounts

    assert sizes_of(mount, override) == expected


def test_override_changes_nothing_about_what_was_reported() -> None:
    mount = only(merge_readings([reading("/m", total=10, free=4)]))

    assert sizes_of(mount, 1000) == Sizes(10, 6, NOW)


@pytest.mark.parametrize(
    ("other", "are_twins"),
    [
        (reading("/b"), True),
        (reading("/b", total=int(7.93 * TB), free=int(0.995 * TB)), True),
        (reading("/b", total=int(7.9 * TB)), False),
        (reading("/b", free=int(0.98 * TB)), False),
        (reading("/b", age_s=60), True),
        (reading("/b", age_s=61), False),
        (reading("/b", total=0), False),
    ],
    ids=["equal", "to 1 %", "other size", "other room", "a minute apart", "longer apart", "unknown"],
)
def test_mounts_of_equal_size_and_room_at_one_time_are_one_filesystem(other: Reading, *, are_twins: bool) -> None:
    mounts = merge_readings([reading("/a"), other])

    assert twins(mounts) == ([("/a", "/b")] if are_twins else [])
