"""How Postgres, which refuses to be root, runs for a person who is."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from libs.local.children import StartError

_UNPRIVILEGED = "nobody"
_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom the server runs: `prefix` starts a command so, `owner` is the user that must own its folder."""

    prefix: tuple[str, ...]
    owner: int

    def command(self, command: Sequence[str]) -> list[str]:
        """The command as it must be started."""
        return [*self.prefix, *command]

    def own(self, folder: Path) -> None:
        """Give the folder and all in it to the owner; only root can, and only root has to."""
        if not self.prefix:
            return
        for path in (folder, *folder.rglob("*")):
            if path.lstat().st_uid != self.owner:
                os.chown(path, self.owner, -1, follow_symlinks=False)


def postgres_identity(folder: Path) -> Identity:
    """As whom the server of this folder, which need not exist yet, has to run. Raises `StartError`.

    An ordinary user runs it as they are. Root gets a user namespace in which it looks like `nobody`: to the kernel the
    files stay root's own, and nothing has to be given away or opened, also below folders that only root may enter.
    Where such namespaces are forbidden, as in many containers, it becomes `nobody` for real and keeps of root's rights
    only the one to pass through closed folders; the database's files are given to `nobody` then, and stay so.
    A user without a name, as containers like to have, gets the namespace too, because Postgres insists on a name.
    """
    us = os.geteuid()
    owner = folder.stat().st_uid if folder.exists() else us
    nobody = _unprivileged_user() if us == 0 else us
    require_owner(folder, owner, {us, nobody})
    if us != 0:
        return Identity(() if _name(us) else _named_namespace(us), us)
    namespace = _namespace(nobody) if owner == us else None
    if namespace is not None:
        return Identity(namespace, us)
    return Identity(_stepped_down(nobody), nobody)


def require_owner(folder: Path, owner: int, welcome: Collection[int]) -> None:
    """A server can only run as the owner of its folder. Raises `StartError` for one that we are not."""
    if owner not in welcome:
        raise StartError(
            f"the database in {folder} belongs to the user {_name(owner) or owner}; start Capacitarr as that user, "
            "or choose another folder with --data-dir"
        )


def run_quietly(command: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a short program to its end; its exit code and what it printed. Raises `StartError` when it does not end."""
    try:
        done = subprocess.run(  # noqa: S603  the commands are our own
            command,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise StartError(f"{Path(command[0]).name} did not end within {_TIMEOUT_S} s") from None
    return done.returncode, done.stdout.decode(errors="replace").strip()


def _name(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _named_namespace(us: int) -> tuple[str, ...]:
    namespace = _namespace(_unprivileged_user())
    if namespace is None:
        raise StartError(
            f"Postgres needs a user with a name, the user {us} has none, and this system forbids user namespaces; "
            "add the user, or set DATABASE_URL"
        )
    return namespace


def _unprivileged_user() -> int:
    try:
        return pwd.getpwnam(_UNPRIVILEGED).pw_uid
    except KeyError:
        raise StartError(f"Postgres needs the user {_UNPRIVILEGED!r} on this system; add it") from None


@cache
def _namespace(nobody: int) -> tuple[str, ...] | None:
    unshare = shutil.which("unshare")
    return None if unshare is None else _working((unshare, "--user", f"--map-user={nobody}", "--"))


@cache
def _stepped_down(nobody: int) -> tuple[str, ...]:
    setpriv, right = shutil.which("setpriv"), "+dac_override"
    prefix = None
    if setpriv is not None:
        become = (f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups")
        keep = (f"--inh-caps={right}", f"--ambient-caps={right}")
        # access(2), by which Postgres looks for itself, heeds the right only with this bit; not everybody may set it
        heeded = "--securebits=+no_setuid_fixup"
        prefix = _working((setpriv, *become, heeded, *keep, "--")) or _working((setpriv, *become, *keep, "--"))
    if prefix is None:
        raise StartError(
            "Postgres cannot run as root, and this system lets root neither make a user namespace nor step down; "
            "start Capacitarr as an ordinary user, or set DATABASE_URL"
        )
    return prefix


def _working(prefix: tuple[str, ...]) -> tuple[str, ...] | None:
    """The prefix, if a program that is not root comes of it."""
    try:
        code, uid = run_quietly([*prefix, "id", "-u"], dict(os.environ))
    except OSError:
        return None
    return prefix if code == 0 and uid not in {"", "0"} else None
