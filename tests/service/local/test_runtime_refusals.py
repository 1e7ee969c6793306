"""What keeps the runtime from starting is one clear sentence, an exit code, and nothing left running."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.processes import ROOT
from tests.harness.runtime import Runtime, path_of_programs

StartRuntime = Callable[..., Runtime]


def test_second_instance_on_the_same_folder_is_refused(start: StartRuntime, tmp_path: Path, port: int) -> None:
    start().wait_ready()
    second = Runtime(port, tmp_path / "data")

    assert second.process.wait(30) == 2
    assert "in use by another instance" in second.printed
    assert len(second.printed.splitlines()) == 1


def test_taken_port_is_one_sentence(start: StartRuntime, port: int) -> None:
    with socket.create_server(("127.0.0.1", port + 3)):
        runtime = start()

        assert runtime.process.wait(30) == 2
    assert f"port {port + 3} cannot be used" in runtime.printed
    assert len(runtime.printed.splitlines()) == 1


@pytest.mark.parametrize("number", [0, 65_531])
def test_port_without_room_for_the_others_is_one_sentence(tmp_path: Path, number: int) -> None:
    runtime = Runtime(number, tmp_path / "data")

    assert runtime.process.wait(30) == 2
    assert f"port {number} is not usable" in runtime.printed


def test_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, port: int) -> None:
    (tmp_path / "file").write_text("not a folder")
    runtime = Runtime(port, tmp_path / "file")

    assert runtime.process.wait(30) == 2
    assert "cannot be written" in runtime.printed
    assert len(runtime.printed.splitlines()) == 1


def test_corrupt_setting_is_one_sentence_without_its_value(start: StartRuntime) -> None:
    runtime = start({"LOG_LEVEL": "deafening", "SSE_MAX_CLIENTS": "none"})

    assert runtime.process.wait(60) == 2
    assert "LOG_LEVEL is wrong" in runtime.printed
    assert "SSE_MAX_CLIENTS is wrong" in runtime.printed
    assert "deafening" not in runtime.printed
    assert "Traceback" not in runtime.printed


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("mysql://someone:secret@127.0.0.1/x", 2, "DATABASE_URL is wrong"),
        ("not an address, secret", 2, "DATABASE_URL is wrong"),
        ("postgres://someone:secret@127.0.0.1:1/x", 1, "the database could not be prepared"),
    ],
    ids=["another product", "nonsense", "nobody there"],
)
def test_unusable_database_is_one_sentence_without_its_password(
    start: StartRuntime, url: str, code: int, sentence: str
) -> None:
    runtime = start({"DATABASE_URL": url, "NATS_URL": "nats://127.0.0.1:1"})

    assert runtime.process.wait(60) == code
    assert sentence in runtime.printed
    assert "secret" not in runtime.printed
    assert "Traceback" not in runtime.printed


def test_missing_database_on_a_server_is_named(start: StartRuntime, database_url: str) -> None:
    runtime = start({"DATABASE_URL": database_url.replace("/t_", "/absent_"), "NATS_URL": "nats://127.0.0.1:1"})

    assert runtime.process.wait(60) == 1
    assert "does not exist" in runtime.printed
    assert "Traceback" not in runtime.printed


def test_service_that_keeps_crashing_ends_the_start_with_its_last_words(start: StartRuntime) -> None:
    runtime = start({"STUB_CRASHES": "engine"})

    assert runtime.process.wait(60) == 1
    assert "engine keeps ending while it starts" in runtime.printed
    assert runtime.printed.rstrip().endswith("engine met something it could not handle")
    assert runtime.children() == {}


def test_service_that_refuses_its_settings_ends_the_start_with_its_sentence(start: StartRuntime) -> None:
    runtime = start({"STUB_REFUSES": "notifier"})

    assert runtime.process.wait(60) == 2
    assert "capacitarr: notifier: SOMETHING is wrong: it should be otherwise" in runtime.printed


def test_damaged_database_shows_what_postgres_says(start: StartRuntime) -> None:
    first = start()
    first.wait_ready()
    first.end()
    (first.data_dir / "postgres" / "global" / "pg_control").write_bytes(b"no longer")

    second = start()

    assert second.process.wait(60) == 1
    assert "Postgres did not start" in second.printed
    assert "FATAL" in second.printed or "PANIC" in second.printed


def test_command_line_that_makes_no_sense_is_a_usage_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "libs.cli", "up", "--port", "many"],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "Invalid value for '--port'" in done.stderr
    assert "Traceback" not in done.stderr


def test_root_without_any_way_to_be_somebody_else_is_told_so(start: StartRuntime, tmp_path: Path) -> None:
    runtime = start(path_of_programs(tmp_path / "bin"))

    if os.geteuid() == 0:
        assert runtime.process.wait(60) == 1
        assert "Postgres cannot run as root" in runtime.printed
    else:
        runtime.wait_ready()
