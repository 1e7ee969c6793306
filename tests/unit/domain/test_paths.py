"""Paths are compared by whole segments (T48 to T53, T107)."""

import pytest

from libs.common.domain.paths import is_within, most_specific, normalise_path


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("D:\\Media\\Movies\\", "D:/Media/Movies"),
        ("\\\\nas\\media", "//nas/media"),
        ("/media//tv/", "/media/tv"),
        ("/", "/"),
        ("///", "/"),
        ("", ""),
        ("  /media ", "/media"),
    ],
)
def test_paths_are_normalised(given: str, clean: str) -> None:
    assert normalise_path(given) == clean


@pytest.mark.parametrize(
    ("path", "mount", "inside"),
    [
        ("/data/x", "/data", True),
        ("/data", "/data/", True),
        ("/data2/x", "/data", False),
        ("/data", "/data/x", False),
        ("/anything", "/", True),
        ("/", "/", True),
        ("//nas/media/x", "/", False),
        ("", "/", False),
        ("/data", "", False),
        ("d:/media/x", "D:\\Media", True),
        ("/Data/x", "/data", False),
        ("//nas/media/x", "\\\\nas\\media", True),
    ],
)
def test_path_belongs_to_a_mount_at_a_segment_boundary(path: str, mount: str, inside: bool) -> None:
    assert is_within(path, mount) is inside


def test_the_longest_mount_wins_and_the_root_comes_last() -> None:
    mounts = ["/", "/data", "/data/tv"]

    assert most_specific("/data/tv/Firefly", mounts) == "/data/tv"
    assert most_specific("/data/tv2/Firefly", mounts) == "/data"
    assert most_specific("/other", mounts) == "/"
    assert most_specific("", mounts) is None
