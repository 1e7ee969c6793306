"""A process id may be recycled: only what is still the program that was started may be stopped."""

from pathlib import Path

import pytest

from libs.local.orphans import Remembered, is_same_program, read_remembered

STARTED = ["/usr/bin/setpriv", "--pdeathsig", "TERM", "--", "/venv/bin/python", "-m", "services.api"]


@pytest.mark.parametrize(
    ("running", "same"),
    [
        (STARTED, True),
        (["/venv/bin/python", "-m", "services.api"], True),
        (["/venv/bin/python", "-m", "services.sync"], False),
        (["/other/bin/python", "-m", "services.api"], False),
        (["bash"], False),
        ([], False),
        (["env", *STARTED], False),
    ],
    ids=[
        "still preparing",
        "itself",
        "another service",
        "another installation",
        "a stranger",
        "a kernel thread",
        "more",
    ],
)
def test_program_is_known_by_its_command_line(running: list[str], *, same: bool) -> None:
    assert is_same_program(STARTED, running) is same


@pytest.mark.parametrize("content", ["", "{", "7", "[7]", '[["api"]]', '{"api": 12}'])
def test_damaged_file_names_nobody(tmp_path: Path, content: str) -> None:
    file = tmp_path / "children.json"
    file.write_text(content)

    assert read_remembered(file) == []


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "children.json"
    file.write_text('[["postgres", 12, 2, ["postgres", "-D", "x"]]]')

    assert read_remembered(file) == [Remembered("postgres", 12, 2, ("postgres", "-D", "x"))]


def test_missing_file_names_nobody(tmp_path: Path) -> None:
    assert read_remembered(tmp_path / "children.json") == []
