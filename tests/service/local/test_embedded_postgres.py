"""Postgres from the wheel, in every place and for every person it may be started by."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from libs.common.db import Database
from libs.local.children import StartError
from libs.local.postgres import EmbeddedPostgres
from libs.local.postgres_folder import socket_folder
from tests.harness.runtime import Runtime, nameless_user, path_of_programs

Embed = Callable[[Path], EmbeddedPostgres]
NOBODY = 65534


def _answers(url: str) -> bool:
    async def ask() -> bool:
        db = Database(url, pool_size=1)
        try:
            async with db.connect() as conn:
                return bool((await conn.execute(text("select true"))).scalar_one())
        finally:
            await db.dispose()

    return asyncio.run(ask())


def test_lives_below_a_folder_that_only_its_owner_may_enter(embed: Embed, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)

    assert _answers(embed(private / "data").start())
    assert private.stat().st_mode & 0o777 == 0o700
    assert (private / "data" / "postgres").stat().st_uid == os.geteuid()


def test_folder_too_deep_for_a_socket_gets_a_short_private_one(embed: Embed, tmp_path: Path) -> None:
    server = embed(tmp_path / ("deep" * 20) / ("deeper" * 10))

    assert _answers(server.start())
    sockets = Path(server.url.partition("host=")[2])
    assert len(str(sockets)) < 90
    assert sockets.stat().st_mode & 0o777 == 0o700
    server.stop()
    assert not sockets.exists()


def test_socket_folder_of_somebody_else_is_not_used(embed: Embed, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    sockets = socket_folder((tmp_path / "data").resolve())
    sockets.parent.mkdir(exist_ok=True)
    sockets.symlink_to(tmp_path / "elsewhere")

    try:
        with pytest.raises(StartError, match="belongs to someone else"):
            embed(tmp_path / "data").start()
    finally:
        sockets.unlink()


def test_starts_although_a_stranger_has_the_process_id_of_the_dead_server(embed: Embed, tmp_path: Path) -> None:
    server = embed(tmp_path)
    server.start()
    server.kill()
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        lines = pid_file.read_text().split("\n")
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))

        assert _answers(server.start())
    finally:
        stranger.communicate(b"\n", timeout=10)


def test_server_that_still_runs_on_the_folder_is_not_pushed_aside(embed: Embed, tmp_path: Path) -> None:
    first = embed(tmp_path)
    first.start()

    with pytest.raises(StartError, match="Postgres did not start"):
        embed(tmp_path).start()
    assert first.alive


def test_start_that_was_cut_off_in_the_middle_of_initdb_begins_anew(embed: Embed, tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18")

    assert _answers(embed(tmp_path).start())


def test_where_namespaces_are_forbidden_root_steps_down_and_the_data_goes_along(
    start: Callable[..., Runtime], tmp_path: Path
) -> None:
    first = start()
    first.wait_ready()
    first.end()
    second = start(path_of_programs(tmp_path / "bin", "setpriv", "id"))
    second.wait_ready()
    second.end()
    third = start()
    third.wait_ready()

    owner = NOBODY if os.geteuid() == 0 else os.geteuid()
    folder = third.data_dir / "postgres"
    assert {path.stat().st_uid for path in (folder, *folder.rglob("*"))} == {owner}
    assert set(third.children()["postgres"].uids()) == {owner}


def test_user_without_a_name_is_served_too(start: Callable[..., Runtime]) -> None:
    runtime = start(prefix=nameless_user())
    runtime.wait_ready()

    assert "postgres" in runtime.children()
    assert runtime.end() == 0
