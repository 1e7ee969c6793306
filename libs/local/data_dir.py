"""The data folder: one instance at a time, its secret key, and who was left behind by an instance that was killed."""

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import psutil

from libs.local.children import StartError

_STOP_WITHIN_S = 10.0


class DataDirError(StartError):
    """The data folder cannot be used; the text says why and what to do."""


class DataDir:
    """A folder that this instance owns while the object is open."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock = _locked(self.path)

    def close(self) -> None:
        """Let the next instance in."""
        os.close(self._lock)

    def secret_key(self) -> str:
        """The key that seals stored credentials; made once, readable by its owner only."""
        file = self.path / "secret.key"
        if not file.exists():
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as fresh:
                fresh.write(secrets.token_hex(32))
        key = file.read_text().strip()
        if not key:
            raise DataDirError(
                f"{file} is empty; restore it from a backup, stored credentials cannot be opened without it"
            )
        return key

    def remember_children(self, pids: Mapping[str, int]) -> None:
        """Write down who runs, for an instance that may follow after a `kill -9`."""
        known = {name: [pid, _born(pid)] for name, pid in pids.items()}
        fresh = self._pid_file.with_suffix(".new")
        fresh.write_text(json.dumps(known))
        fresh.replace(self._pid_file)

    def stop_orphans(self) -> list[str]:
        """Stop what a killed instance left running; answers the names. A recycled process id is left alone."""
        left = _left_behind(self._pid_file)
        for process in left.values():
            process.terminate()
        _, stubborn = psutil.wait_procs(list(left.values()), timeout=_STOP_WITHIN_S)
        for process in stubborn:
            process.kill()
        psutil.wait_procs(stubborn, timeout=_STOP_WITHIN_S)
        return sorted(left)

    @property
    def _pid_file(self) -> Path:
        return self.path / "children.json"


def _locked(path: Path) -> int:
    try:
        path.mkdir(parents=True, exist_ok=True)
        handle = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise DataDirError(
            f"the data folder {path} cannot be written: {exc.strerror}; choose another with --data-dir"
        ) from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise DataDirError(f"the data folder {path} is in use by another instance; stop it or choose another") from None
    return handle


def _left_behind(pid_file: Path) -> dict[str, psutil.Process]:
    try:
        known = json.loads(pid_file.read_text())
    except (OSError, ValueError):
        return {}
    left = {}
    for name, (pid, born) in known.items():
        if born is not None and _born(pid) == born:
            left[name] = psutil.Process(pid)
    return left


def _born(pid: int) -> float | None:
    """When the process began; None when it is gone or a zombie."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None
