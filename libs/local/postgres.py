"""Postgres from the wheel: its own folder, its own socket, one superuser, and nobody else's."""

import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from libs.local.children import Child, StartError, dies_with_us
from libs.local.identity import Identity, postgres_identity, run_quietly
from libs.local.patience import Question, never, wait_until
from libs.local.postgres_folder import (
    binaries,
    clear_locks_of_the_dead,
    discard_short_folder,
    make_private,
    says_ready,
    socket_folder,
)

USER = DATABASE = "capacitarr"
_START_TIMEOUT_S = 600.0
"""Long, because a server that is alive and not ready is recovering, and killing it would begin that anew."""
_RETRIES = 3
_RETRY_AFTER_S = 1.0

_CONFIG = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # nobody replicates from this server, and bulk copies into new tables are cheaper without
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
}
_UNSAFE_AND_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """A server in `<data_dir>/postgres`. With `fsync=False` a power cut may lose data: for tests only.

    `stopping` is asked while it starts; a yes ends the wait with `StopRequestedError`.
    """

    def __init__(self, data_dir: Path, *, fsync: bool = True, stopping: Question = never) -> None:
        self._data_dir = data_dir.resolve()
        self._folder = self._data_dir / "postgres"
        self._socket = socket_folder(self._data_dir)
        self._fsync = fsync
        self._stopping = stopping
        self._bin = binaries()
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """The address of the product's database, as SQLAlchemy wants it."""
        return f"postgresql+asyncpg://{USER}@/{DATABASE}?host={self._socket}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return None if self.child is None else self.child.pid

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self.child is not None and self.child.alive

    def start(self) -> str:
        """Create the folder if it is new, start the server, wait until it answers. Raises `StartError`."""
        identity = postgres_identity(self._folder)
        self._initialise(identity)
        identity.own(self._folder)
        make_private(self._socket)
        clear_locks_of_the_dead(self._folder, self._socket)
        self.child = self._program(identity)
        self._launch(self.child)
        self._create_database()
        return self.url

    def stop(self) -> None:
        """End every session and shut down cleanly."""
        if self.child is not None:
            self.child.stop(30.0)
        discard_short_folder(self._socket, self._data_dir)

    def kill(self) -> None:
        """`kill -9`; the next start recovers from the write-ahead log."""
        if self.child is not None:
            self.child.kill()

    def _initialise(self, identity: Identity) -> None:
        if (self._folder / "PG_VERSION").exists():
            return
        fresh = self._folder.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        identity.own(fresh)
        command = [str(self._bin / "initdb"), "-D", str(fresh), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale"]
        if not self._fsync:
            command.append("--no-sync")
        code, output = run_quietly(identity.command(command), plain_environment(os.environ))
        if code != 0:
            raise StartError(f"Postgres could not create its folder {self._folder}:\n{output}")
        fresh.rename(self._folder)

    def _program(self, identity: Identity) -> Child:
        config = _CONFIG if self._fsync else {**_CONFIG, **_UNSAFE_AND_FAST}
        settings = [word for name, value in config.items() for word in ("-c", f"{name}={value}")]
        command = [str(self._bin / "postgres"), "-D", str(self._folder), "-k", str(self._socket), *settings]
        return Child(
            "postgres",
            identity.command(dies_with_us(command, "INT")),
            self._data_dir,
            plain_environment(os.environ),
            stop_signal=signal.SIGINT,
        )

    def _launch(self, child: Child) -> None:
        for attempt in range(_RETRIES):
            child.start()
            ready = wait_until(lambda: self._ready(child) or not child.alive, _START_TIMEOUT_S, self._stopping)
            if ready and child.alive:
                return
            child.kill()
            if attempt < _RETRIES - 1:
                # the children of a killed server hold its memory a moment longer than it lived
                wait_until(never, _RETRY_AFTER_S, self._stopping)
        raise StartError(f"Postgres did not start:\n{child.log_tail()}")

    def _ready(self, child: Child) -> bool:
        return says_ready(self._folder, child.pid)

    def _create_database(self) -> None:
        command = [str(self._bin / "createdb"), "-h", str(self._socket), "-U", USER, DATABASE]
        code, output = run_quietly(command, plain_environment(os.environ))
        if code != 0 and "already exists" not in output:
            raise StartError(f"Postgres has no database for us:\n{output}")


def plain_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what clients of other Postgres servers set: `PGPORT` and its kind would lead past the embedded one."""
    return {name: value for name, value in environment.items() if not name.startswith("PG")}
