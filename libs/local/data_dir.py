"""The data folder: one instance at a time, and its secret key."""

import fcntl
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from libs.local import orphans
from libs.local.children import Child, StartError


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
            _write_private(file, secrets.token_hex(32))
        key = file.read_text().strip()
        if not key:
            raise DataDirError(
                f"{file} is empty; restore it from a backup, stored credentials cannot be opened without it"
            )
        return key

    def remember_children(self, children: Mapping[str, Child]) -> None:
        """Write down who runs, for an instance that may follow after a `kill -9`."""
        orphans.remember(self._pid_file, children)

    def stop_orphans(self) -> list[str]:
        """Stop what a killed instance left running; answers the names."""
        return orphans.stop_orphans(self._pid_file, self.path)

    @property
    def _pid_file(self) -> Path:
        return self.path / "children.json"


def _write_private(file: Path, text: str) -> None:
    """Whole or not at all: a key that is half written when the machine stops would lock its owner out."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as content:
        content.write(text)
        content.flush()
        os.fsync(handle)
    fresh.replace(file)


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
    except BlockingIOError:
        os.close(handle)
        raise DataDirError(f"the data folder {path} is in use by another instance; stop it or choose another") from None
    except OSError as exc:
        os.close(handle)
        raise DataDirError(f"the data folder {path} cannot be locked: {exc.strerror}; choose another") from exc
    return handle
