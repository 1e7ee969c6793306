"""The embedded runtime: comes up from nothing, ends without a trace, and recovers from its own death."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.harness.processes import ROOT

READY = "ready: http://127.0.0.1:"


class Runtime:
    """One start of the runtime over stub services."""

    def __init__(self, port: int, data_dir: Path, environment: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.output = data_dir.with_name(f"output-{time.monotonic_ns()}.txt")
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.harness.stub_runtime", str(port), str(data_dir)],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self) -> str:
        return self.output.read_text()

    def wait_ready(self) -> None:
        wait_for(lambda: READY in self.printed or self.process.poll() is not None)
        assert READY in self.printed, self.printed

    def children(self) -> dict[str, psutil.Process]:
        pids = json.loads((self.data_dir / "children.json").read_text())
        return {name: psutil.Process(pid) for name, (pid, _) in pids.items() if psutil.pid_exists(pid)}

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


def wait_for(probe: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not probe():
        assert time.monotonic() < deadline, "the condition never came"
        time.sleep(0.05)


def gone(processes: dict[str, psutil.Process]) -> bool:
    return not [name for name, process in processes.items() if running(process)]


def running(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def port() -> int:
    """The first of six ports that are free together."""
    for first in range(20_000, 60_000, 37):
        try:
            for number in range(first, first + 6):
                socket.create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        return first
    raise AssertionError("no six free ports")


@pytest.fixture
def start(port: int, tmp_path: Path) -> Iterator[Callable[..., Runtime]]:
    """Starts runtimes, and sees to it that none outlives the test."""
    started: list[Runtime] = []

    def begin(environment: dict[str, str] | None = None) -> Runtime:
        started.append(Runtime(port, tmp_path / "data", environment))
        return started[-1]

    yield begin
    for runtime in started:
        if runtime.process.poll() is None:
            runtime.end()


def test_comes_up_says_ready_once_and_leaves_nothing_behind(start: Callable[..., Runtime]) -> None:
    runtime = start()
    runtime.wait_ready()
    children = runtime.children()

    assert set(children) == {"postgres", "nats", "api", "sync", "engine", "deleter", "notifier"}
    assert runtime.end() == 0
    assert runtime.printed.count(READY) == 1
    assert "Traceback" not in runtime.printed
    wait_for(lambda: gone(children))


def test_secret_key_is_private_and_stays(start: Callable[..., Runtime], tmp_path: Path) -> None:
    start().wait_ready()
    key = tmp_path / "data" / "secret.key"

    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text()) == 64


def test_second_instance_on_the_same_folder_is_refused(
    start: Callable[..., Runtime], tmp_path: Path, port: int
) -> None:
    start().wait_ready()
    second = subprocess.run(
        [sys.executable, "-m", "tests.harness.stub_runtime", str(port + 6), str(tmp_path / "data")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert second.returncode == 2
    assert "in use by another instance" in second.stderr
    assert "Traceback" not in second.stderr


def test_recovers_from_its_own_kill_and_keeps_the_data(start: Callable[..., Runtime]) -> None:
    first = start()
    first.wait_ready()
    before = first.children()
    key = (first.data_dir / "secret.key").read_text()
    first.process.kill()
    first.process.wait(10)

    second = start()
    second.wait_ready()

    assert gone(before)
    assert (second.data_dir / "secret.key").read_text() == key
    assert second.end() == 0


@pytest.mark.parametrize("name", ["engine", "nats", "postgres"])
def test_crashed_child_is_started_again(start: Callable[..., Runtime], name: str) -> None:
    runtime = start()
    runtime.wait_ready()
    killed = runtime.children()[name]
    killed.kill()

    def another_one_runs() -> bool:
        now = runtime.children().get(name)
        return now is not None and now.pid != killed.pid and running(now)

    wait_for(another_one_runs)
    assert f"{name} ended; starting it again in 0.5 s" in runtime.printed


def test_taken_port_is_one_sentence(start: Callable[..., Runtime], port: int) -> None:
    with socket.create_server(("127.0.0.1", port + 3)):
        runtime = start()

        assert runtime.process.wait(30) == 2
    assert f"port {port + 3} cannot be used" in runtime.printed
    assert len(runtime.printed.splitlines()) == 1


def test_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, port: int) -> None:
    (tmp_path / "file").write_text("not a folder")
    runtime = Runtime(port, tmp_path / "file")

    assert runtime.process.wait(30) == 2
    assert "cannot be written" in runtime.printed
    assert len(runtime.printed.splitlines()) == 1


def test_corrupt_setting_is_one_sentence_without_its_value(start: Callable[..., Runtime]) -> None:
    runtime = start({"LOG_LEVEL": "deafening", "SSE_MAX_CLIENTS": "none"})

    assert runtime.process.wait(60) == 2
    assert "LOG_LEVEL is wrong" in runtime.printed
    assert "SSE_MAX_CLIENTS is wrong" in runtime.printed
    assert "deafening" not in runtime.printed
    assert "Traceback" not in runtime.printed
