"""The embedded runtime: comes up from nothing, ends without a trace, and outlives the death of any of its parts."""

import signal
from collections.abc import Callable
from pathlib import Path

import nats
import psutil
import pytest
from sqlalchemy import text

from libs.common.db import Database
from tests.harness.runtime import READY, Runtime, gone, path_of_programs, running, wait_for

StartRuntime = Callable[..., Runtime]
EVERYONE = {"postgres", "nats", "api", "sync", "engine", "deleter", "notifier"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_comes_up_says_ready_once_and_leaves_nothing_behind(start: StartRuntime, number: signal.Signals) -> None:
    runtime = start()
    runtime.wait_ready()
    children = runtime.children()

    assert set(children) == EVERYONE
    assert runtime.end(number) == 0
    assert runtime.printed.count(READY) == 1
    assert "Traceback" not in runtime.printed
    wait_for(lambda: gone(children))
    assert runtime.children() == {}


def test_runs_on_without_its_terminal_when_a_person_wanted_that(start: StartRuntime) -> None:
    runtime = start(prefix=("nohup",))
    runtime.wait_ready()
    runtime.process.send_signal(signal.SIGHUP)
    killed = runtime.children()["engine"]
    killed.kill()

    wait_for(lambda: runtime.children().get("engine", killed).pid != killed.pid)

    assert runtime.end(signal.SIGTERM) == 0


def test_being_stopped_while_it_starts_leaves_nothing_behind(start: StartRuntime) -> None:
    runtime = start()
    wait_for(lambda: "starting Postgres" in runtime.printed)

    assert runtime.end() == 0
    assert READY not in runtime.printed
    assert "Traceback" not in runtime.printed
    mine = str(runtime.data_dir)
    assert not [process for process in psutil.process_iter(["cmdline"]) if mine in (process.info["cmdline"] or [])]


def test_secret_key_is_private_and_stays(start: StartRuntime, tmp_path: Path) -> None:
    start().wait_ready()
    key = tmp_path / "data" / "secret.key"

    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text()) == 64


async def test_recovers_from_its_own_kill_and_keeps_the_data(start: StartRuntime) -> None:
    first = start()
    first.wait_ready()
    before = first.children()
    key = (first.data_dir / "secret.key").read_text()
    await _run_sql(first.database_url, "create table kept as select 7 as number")
    first.kill()

    second = start()
    second.wait_ready()

    assert gone(before)
    assert (second.data_dir / "secret.key").read_text() == key
    assert await _run_sql(second.database_url, "select number from kept") == 7
    assert second.end() == 0


def test_orphans_the_kernel_did_not_end_are_stopped_by_the_next_start(start: StartRuntime, tmp_path: Path) -> None:
    without_setpriv = path_of_programs(tmp_path / "bin", "unshare", "id")
    first = start(without_setpriv)
    first.wait_ready()
    before = first.children()
    first.kill()
    assert all(running(process) for process in before.values())

    second = start(without_setpriv)
    second.wait_ready()

    assert gone(before)
    assert all(f"stopped {name}, left behind" in second.printed for name in EVERYONE)
    assert set(second.children()) == EVERYONE


@pytest.mark.parametrize("name", ["engine", "nats", "postgres"])
def test_crashed_child_is_started_again(start: StartRuntime, name: str) -> None:
    runtime = start()
    runtime.wait_ready()
    killed = runtime.children()[name]
    killed.kill()

    def another_one_runs() -> bool:
        now = runtime.children().get(name)
        return now is not None and now.pid != killed.pid and running(now)

    wait_for(another_one_runs)
    assert f"{name} ended; starting it again in 0.5 s" in runtime.printed


async def test_nats_comes_back_on_its_port_with_its_messages(start: StartRuntime) -> None:
    runtime = start()
    runtime.wait_ready()
    url = runtime.children()["api"].environ()["NATS_URL"]
    client = await nats.connect(url)
    try:
        await client.jetstream().add_stream(name="KEPT", subjects=["kept"])
        await client.jetstream().publish("kept", b"one")
    finally:
        await client.close()
    killed = runtime.children()["nats"]
    killed.kill()
    wait_for(lambda: runtime.children().get("nats", killed).pid != killed.pid)

    again = await nats.connect(url)
    try:
        assert (await again.jetstream().get_msg("KEPT", 1)).data == b"one"
    finally:
        await again.close()


def test_servers_of_the_operator_are_used_instead(start: StartRuntime, database_url: str, nats_url: str) -> None:
    runtime = start({"DATABASE_URL": database_url, "NATS_URL": nats_url})
    runtime.wait_ready()
    children = runtime.children()

    assert set(children) == EVERYONE - {"postgres", "nats"}
    assert children["engine"].environ()["DATABASE_URL"] == database_url
    assert runtime.end() == 0


def test_address_of_a_database_may_lie_in_a_file(
    start: StartRuntime, database_url: str, nats_url: str, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text(database_url)
    runtime = start({"DATABASE_URL_FILE": str(tmp_path / "url"), "NATS_URL": nats_url})
    runtime.wait_ready()

    assert "postgres" not in runtime.children()


def test_client_settings_of_another_postgres_do_not_lead_astray(start: StartRuntime) -> None:
    runtime = start({"PGPORT": "6543", "PGDATA": "/nowhere", "PGOPTIONS": "-c nonsense=1"})
    runtime.wait_ready()

    assert "PGPORT" not in runtime.children()["api"].environ()


def test_proxy_of_the_environment_is_not_asked_for_our_own_ports(start: StartRuntime) -> None:
    nobody_there = "http://127.0.0.1:9"

    start({"http_proxy": nobody_there, "HTTP_PROXY": nobody_there, "no_proxy": ""}).wait_ready()


def test_children_hold_no_terminal_and_write_to_their_own_log(start: StartRuntime) -> None:
    runtime = start()
    runtime.wait_ready()

    for name, process in runtime.children().items():
        opened = {number: str(Path(f"/proc/{process.pid}/fd/{number}").readlink()) for number in (0, 1)}
        assert opened == {0: "/dev/null", 1: str(runtime.data_dir / "logs" / f"{name}.log")}


def test_supervisor_stays_light(start: StartRuntime) -> None:
    runtime = start()
    runtime.wait_ready()

    loaded = {Path(area.path).name for area in psutil.Process(runtime.process.pid).memory_maps()}

    assert not [name for name in loaded if name.startswith(("asyncpg", "pydantic", "_polars", "protocol.cpython"))]


async def _run_sql(url: str, statement: str) -> object:
    db = Database(url, pool_size=1)
    try:
        async with db.begin() as tx:
            result = await tx.execute(text(statement))
            return result.scalar_one() if result.returns_rows else None
    finally:
        await db.dispose()
