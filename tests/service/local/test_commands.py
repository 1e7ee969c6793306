"""The small commands, as an operator calls them."""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.harness.processes import ROOT, SERVICES
from tests.harness.runtime import six_free_ports
from tests.harness.servers import PostgresServer


def _capacitarr(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "libs.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_migrate_needs_only_the_address_and_may_be_repeated(database_url: str) -> None:
    plain = database_url.replace("postgresql+asyncpg://", "postgres://")

    first, second = _capacitarr("migrate", DATABASE_URL=plain), _capacitarr("migrate", DATABASE_URL=plain)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert second.stdout == "database is up to date\n"


async def test_migrate_fills_an_empty_database_whose_address_lies_in_a_file(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    await postgres._run("create database empty_one")
    try:
        (tmp_path / "url").write_text(postgres.url_of("empty_one"))
        done = _capacitarr("migrate", DATABASE_URL_FILE=str(tmp_path / "url"))
    finally:
        await postgres.drop("empty_one")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "database brought up to date\n"


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("", 2, "DATABASE_URL is not set"),
        ("mysql://a:secret@b/c", 2, "wrong"),
        ("postgres://a:secret@127.0.0.1:1/c", 1, "the database could not be prepared"),
    ],
    ids=["missing", "another product", "nobody there"],
)
def test_migrate_says_what_is_wrong(url: str, code: int, sentence: str) -> None:
    done = _capacitarr("migrate", DATABASE_URL=url)

    assert done.returncode == code
    assert sentence in done.stderr
    assert done.stderr.startswith("capacitarr: ")
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_status_of_nothing_is_a_failure() -> None:
    done = _capacitarr("status", "--port", str(six_free_ports()))

    assert done.returncode == 1
    assert [line.split(maxsplit=1) for line in done.stdout.splitlines()] == [[name, "not running"] for name in SERVICES]


def test_status_tells_the_ready_from_the_unready_and_from_strangers() -> None:
    port = six_free_ports()
    answers = [(200, b"{}"), (503, b'{"ready": false, "missing": {"nats": "no answer"}}'), (404, b"<html>")]
    servers = [_serve(port + 1 + index, *answer) for index, answer in enumerate(answers)]
    try:
        done = _capacitarr("status", "--port", str(port))
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()

    said = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert done.returncode == 1
    assert (said["api"], said["sync"], said["engine"]) == ("ready", "nats: no answer", "not running")


def _serve(port: int, status: int, body: bytes) -> HTTPServer:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the library's
            """Nothing to log."""

    server = HTTPServer(("127.0.0.1", port), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    return server
