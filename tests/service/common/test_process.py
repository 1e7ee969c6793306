"""The shape of a process: one sentence for a wrong setting, probes, and a clean end."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.eventually import eventually
from tests.harness.processes import ROOT, free_port

PROGRAM = """
from contextlib import asynccontextmanager
from libs.common.clock import Clock
from libs.common.observability.metrics import build_registry
from libs.common.observability.service import Service, run_service

async def at_once():
    pass

async def fail():
    raise OSError("http://nas/api?apikey=0123456789abcdef")

async def bye():
    print("let go", flush=True)

async def fine():
    return None

@asynccontextmanager
async def build(settings):
    tasks = {TASKS}
    yield Service(tasks=tasks, checks={"database": fine}, registry=build_registry(), on_stop=[bye])
    print("closed", flush=True)

run_service("probe", build)
"""

GIVEN = {
    "DATABASE_URL": "postgresql://unused",
    "NATS_URL": "nats://127.0.0.1:1",
    "SECRET_KEY": "only-for-tests-0123456789",
}


@contextmanager
def process(tasks: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.replace("{TASKS}", tasks)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=2) as answer:
            return int(answer.status)
    except OSError:
        return 0


def test_wrong_settings_are_sentences_and_exit_code_2() -> None:
    with process("[]", PORT="http") as child:
        _, errors = child.communicate(timeout=30)

    assert child.returncode == 2
    lines = errors.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("probe: ")
    for name in ("DATABASE_URL", "NATS_URL", "SECRET_KEY", "PORT"):
        assert any(name in line for line in lines)


async def test_process_answers_probes_and_ends_cleanly_on_sigterm() -> None:
    port = free_port()
    with process("[at_once]", ADMIN_PORT=str(port), **GIVEN) as child:
        await eventually(lambda: status(port, "readyz") == 200, within_s=30)
        child.send_signal(signal.SIGTERM)
        output, errors = child.communicate(timeout=30)

    assert child.returncode == 0
    assert output.splitlines() == ["let go", "closed"]
    assert '"event": "service stopped"' in errors


def test_failed_part_ends_the_process_with_its_reason_and_no_credential() -> None:
    with process("[at_once, fail]", **GIVEN) as child:
        output, errors = child.communicate(timeout=30)

    assert child.returncode == 1
    assert output.splitlines() == ["let go"]
    assert "service failed" in errors
    assert "0123456789abcdef" not in errors


def test_taken_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with process("[]", ADMIN_PORT=str(port), **GIVEN) as child:
            _, errors = child.communicate(timeout=30)

    assert child.returncode == 2
    assert f"port {port}" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("text", ["{", '{"rate": 0}'])
def test_broken_clock_file_at_the_start_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "clock.json").write_text(text)

    with process("[Clock(settings.clock_file)]", CLOCK_FILE=str(tmp_path / "clock.json"), **GIVEN) as child:
        _, errors = child.communicate(timeout=30)

    assert child.returncode == 2
    assert "CLOCK_FILE" in errors
    assert "Traceback" not in errors
