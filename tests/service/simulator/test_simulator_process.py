"""The simulator as a process: it keeps its word over `kill -9`, and says clearly what it cannot do."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from libs.simulator.ledger import Ledger
from libs.simulator.state import Birth, StateError, open_simulation
from tests.harness.eventually import eventually
from tests.harness.processes import ROOT, free_port
from tests.service.simulator.conftest import NOW

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    """Starts simulators that keep their state in the same folder; ends what is left."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str, seed: int = 42) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "libs.simulator", "--port", str(port), "--seed", str(seed)]
        state = ["--state-dir", str(tmp_path / "state"), *arguments]
        started.append(subprocess.Popen(command + state, cwd=ROOT, stderr=subprocess.PIPE))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate(timeout=10)


@pytest.fixture
async def client(port: int) -> Any:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        yield client


async def _ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/_sim/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def _key(client: httpx.AsyncClient, kind: str) -> dict[str, str]:
    rows = (await client.get("/_sim/instances")).json()
    return {"X-Api-Key": next(row["apiKey"] for row in rows if row["type"] == kind)}


async def _kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(10)


async def test_what_was_done_is_still_done_after_kill_9(start: Start, client: httpx.AsyncClient) -> None:
    first = start()
    await eventually(lambda: _ready(client), within_s=30)
    radarr, sonarr = await _key(client, "radarr"), await _key(client, "sonarr")
    await client.delete("/radarr/api/v3/movie/1?deleteFiles=true&addImportExclusion=true", headers=radarr)
    files = (await client.get("/sonarr/api/v3/episodefile?seriesId=2", headers=sonarr)).json()
    season = {"episodeFileIds": [row["id"] for row in files if row["seasonNumber"] == 1]}
    unmonitor = {"series": [{"id": 2, "seasons": [{"seasonNumber": 1, "monitored": False}]}]}
    await client.post("/sonarr/api/v3/seasonpass", json=unmonitor, headers=sonarr)
    await client.request("DELETE", "/sonarr/api/v3/episodefile/bulk", json=season, headers=sonarr)
    await client.post("/_sim/items", json={"instance": "radarr", "movie": {"title": "Back again"}})
    await client.post("/_sim/instances/radarr", json={"settings": {"recycleBin": "/config/bin"}})
    await client.delete("/radarr/api/v3/movie/2?deleteFiles=true", headers=radarr)
    before = [(await client.get(path)).json() for path in ("/_sim/truth", "/_sim/disks", "/_sim/ledger")]

    await _kill(first)
    start()
    await eventually(lambda: _ready(client), within_s=30)

    after = [(await client.get(path)).json() for path in ("/_sim/truth", "/_sim/disks", "/_sim/ledger")]
    assert after == before
    assert len((await client.get("/radarr/api/v3/exclusions", headers=radarr)).json()) == 1
    await client.delete("/radarr/api/v3/movie/3?deleteFiles=true", headers=radarr)
    assert (await client.get("/_sim/ledger")).json()[-1]["path"] == "/api/v3/movie/3"


async def test_an_answer_is_only_sent_once_the_ledger_is_on_disk(
    start: Start, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    process = start()
    await eventually(lambda: _ready(client), within_s=30)
    radarr = await _key(client, "radarr")
    await client.post("/_sim/faults", json={"kind": "hang_after_effect", "method": "DELETE"})
    with pytest.raises(httpx.ReadTimeout):
        await client.delete("/radarr/api/v3/movie/1?deleteFiles=true", headers=radarr, timeout=0.3)
    await _kill(process)

    lines = (tmp_path / "state" / "ledger.jsonl").read_bytes().splitlines()

    assert [msgspec.json.decode(line)["effect"]["kind"] for line in lines] == ["movie_deleted"]


async def test_another_library_is_not_mixed_into_a_state_directory(start: Start, client: httpx.AsyncClient) -> None:
    first = start()
    await eventually(lambda: _ready(client), within_s=30)
    await _kill(first)

    other = start(seed=7)
    _, said = other.communicate(timeout=30)

    assert other.returncode == 2
    assert b"holds the library demo with seed 42" in said
    assert b"Traceback" not in said


async def test_two_simulators_never_share_a_state_directory(
    start: Start, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    start()
    await eventually(lambda: _ready(client), within_s=30)

    with pytest.raises(StateError, match="another simulator uses"):
        open_simulation(Birth("demo", 42, NOW), tmp_path / "state")


def test_a_state_directory_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "birth.json").write_text("{")

    with pytest.raises(StateError, match="cannot be used"):
        open_simulation(Birth("demo", 42, NOW), tmp_path)


async def test_sigterm_ends_it_without_a_traceback(start: Start, client: httpx.AsyncClient) -> None:
    process = start()
    await eventually(lambda: _ready(client), within_s=30)

    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=10)

    assert said == b""


def test_a_line_that_was_cut_by_a_kill_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(
        b'{"seq":1,"at":"2026-01-10T12:00:00Z","instance":"radarr","method":"DELETE","path":"/x"}\n{"seq":2,'
    )
    ledger = Ledger(path)

    kept = ledger.load()
    ledger.append(msgspec.structs.replace(kept[0], path="/y"))
    ledger.close()

    again = Ledger(path)
    assert [(entry.seq, entry.path) for entry in again.load()] == [(1, "/x"), (2, "/y")]
    again.close()


def test_a_library_grows_older_while_the_simulator_is_away(tmp_path: Path) -> None:
    first = open_simulation(Birth("fixture", 0, NOW), tmp_path)
    added = first.world.instances["radarr"].movies[12].added_at
    first.ledger.close()

    again = open_simulation(Birth("fixture", 0, NOW.replace(day=20)), tmp_path)

    assert again.world.instances["radarr"].movies[12].added_at == added
    assert again.world.clock.now().day == 20
    again.ledger.close()
