"""Logs of the children: what is shown is of the last start, and none fills the disk."""

from pathlib import Path

from libs.local import logs


def test_tail_leaves_out_earlier_starts(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("an old complaint\n")
    began = logs.size_bytes(log)
    with log.open("a") as file:
        file.write("the new one\n")

    assert logs.tail(log, began) == "the new one"


def test_tail_of_a_log_that_was_emptied_meanwhile_shows_what_is_there(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("short")

    assert logs.tail(log, since_byte=5000) == "short"


def test_tail_of_no_log_is_empty(tmp_path: Path) -> None:
    assert logs.tail(tmp_path / "api.log") == ""


def test_tail_is_bounded(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text("x" * 3 * logs.TAIL_BYTES)

    assert len(logs.tail(log)) == logs.TAIL_BYTES


def test_log_that_grew_too_large_is_set_aside_under_its_open_writer(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with log.open("ab") as writer:
        writer.truncate(logs.LARGEST_BYTES + 1)
        logs.trim(tmp_path)
        writer.write(b"afterwards")

    assert log.read_bytes() == b"afterwards"
    assert logs.size_bytes(tmp_path / "api.log.1") == logs.LARGEST_BYTES + 1


def test_small_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "api.log").write_text("small")
    logs.trim(tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == ["api.log"]
