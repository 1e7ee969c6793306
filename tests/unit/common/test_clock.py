"""Business time jumps and runs with its file, and never breaks with it."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from libs.common.clock import Clock, ClockFileError, real_now

SOON = timedelta(seconds=5)


def write(path: Path, text: str, age_s: float = 0) -> None:
    path.write_text(text)
    written = real_now().timestamp() - age_s
    os.utime(path, (written, written))


def test_without_a_file_it_is_real_time() -> None:
    assert abs(Clock().now() - real_now()) < SOON
    assert Clock().now().utcoffset() == timedelta(0)


def test_offset_moves_it(tmp_path: Path) -> None:
    write(tmp_path / "c", json.dumps({"offset_s": 86_400}))

    assert abs(Clock(tmp_path / "c").now() - real_now() - timedelta(days=1)) < SOON


def test_rate_counts_from_the_moment_the_file_was_written(tmp_path: Path) -> None:
    write(tmp_path / "c", json.dumps({"offset_s": 0, "rate": 61}), age_s=60)

    assert abs(Clock(tmp_path / "c").now() - real_now() - timedelta(hours=1)) < 10 * SOON


def test_running_clock_follows_a_new_file(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "c")
    assert abs(clock.now() - real_now()) < SOON

    write(tmp_path / "c", json.dumps({"offset_s": -3600}))

    assert abs(clock.now() - real_now() + timedelta(hours=1)) < SOON


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rate": 0}', '{"rate": -1}', '{"offset_s": "x"}', "null"])
def test_broken_file_at_the_start_is_an_error_and_later_changes_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path / "c", json.dumps({"offset_s": 7200}))
    clock = Clock(tmp_path / "c")
    write(tmp_path / "c", text, age_s=1)

    assert abs(clock.now() - real_now() - timedelta(hours=2)) < SOON
    with pytest.raises(ClockFileError, match="c"):
        Clock(tmp_path / "c")


def test_two_quick_writes_are_both_seen(tmp_path: Path) -> None:
    path = tmp_path / "c"
    clock = Clock(path)
    for hours in range(1, 50):
        path.write_text(json.dumps({"offset_s": hours * 3600}))

        assert abs(clock.now() - real_now() - timedelta(hours=hours)) < SOON


def test_broken_file_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "c", "{}")
    clock = Clock(tmp_path / "c")
    write(tmp_path / "c", "{")

    for _ in range(3):
        clock.now()

    assert len(caplog.records) == 1
