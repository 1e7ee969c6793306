"""4.5: which mounts hold media."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.paths import is_within
from services.sync.disks.mounts import Mount, Reading, choose_mounts, merge_readings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TB = 1024**4


def reading(path: str, integration: int = 1, total: int = 8 * TB, free: int = TB, age_s: int = 0) -> Reading:
    return Reading(integration, path, total, free, NOW - timedelta(seconds=age_s))


def chosen(roots: list[str], *paths: str) -> list[str]:
    return [mount.path for mount in choose_mounts(roots, merge_readings(reading(path) for path in paths)).mounts]


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
        "empty root folder",
        "no root folder",
    ],
)
def test_mount_choice(roots: list[str], paths: list[str], expected: list[str]) -> None:
    assert chosen(roots, *paths) == expected


def test_root_folder_on_no_disk_is_named() -> None:
    choice = choose_mounts(["/other/tv"], merge_readings([reading("/media")]))

    assert choice.mounts == ()
    assert choice.unmatched == ("/other/tv",)


def test_same_path_of_two_reporters_is_one_mount_with_the_newest_size() -> None:
    mount = only(merge_readings([reading("/m", 1, free=5, age_s=60), reading("/m/", 2, free=9)]))

    assert mount.reporters == {1, 2}
    assert mount.newest is not None
    assert mount.newest.free_bytes == 9
    assert not mount.is_disputed


@pytest.mark.parametrize(
    ("other_total", "is_disputed"), [(8 * TB, False), (int(7.95 * TB), False), (int(7.9 * TB), True), (4 * TB, True)]
)
def test_t69_totals_more_than_one_per_cent_apart_are_disputed(other_total: int, is_disputed: bool) -> None:
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
    choice = choose_mounts(roots, merge_readings(reading(disk) for disk in disks))
    mounts = [mount.path for mount in choice.mounts]

    assert "/" not in mounts or mounts == ["/"]
    for root in roots:
        holders = [mount for mount in mounts if is_within(root, mount)]
        assert bool(holders) or root in choice.unmatched or "/" in disks
        assert not (holders and root in choice.unmatched)
