"""How Postgres, which refuses to be root, runs for a person who is."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

from libs.local.children import StartError

_UNPRIVILEGED = "nobody"
_TIMEOUT_S = 120


def as_postgres_user(command: Sequence[str]) -> list[str]:
    """The command as it must be started. For an ordinary user that is the command itself.

    Root gets a user namespace in which it looks like `nobody`: to the kernel the files stay root's own, so that nothing
    has to be given away or opened, also below folders that only root may enter. Raises `StartError` where the system
    forbids such namespaces.
    """
    if os.geteuid() != 0:
        return list(command)
    return [*_namespace(), *command]


@cache
def _namespace() -> tuple[str, ...]:
    try:
        uid = pwd.getpwnam(_UNPRIVILEGED).pw_uid
    except KeyError:
        raise StartError(f"Postgres needs the user {_UNPRIVILEGED!r} when started by root; add it") from None
    unshare = shutil.which("unshare")
    if unshare is not None:
        prefix = (unshare, "--user", f"--map-user={uid}", "--")
        code, _ = run_quietly([*prefix, "true"])
        if code == 0:
            return prefix
    raise StartError(
        "Postgres cannot run as root, and this system forbids user namespaces; start Capacitarr as an ordinary user, "
        "or set DATABASE_URL"
    )


def run_quietly(command: Sequence[str]) -> tuple[int, str]:
    """Run a short program to its end; its exit code and what it printed."""
    done = subprocess.run(  # noqa: S603  the commands are our own
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_TIMEOUT_S,
    )
    return done.returncode, done.stdout.decode(errors="replace").strip()
