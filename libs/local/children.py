"""Child processes as the runtime wants them: own log file, no inherited input or output, ended for certain."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TAIL_BYTES = 4000


class StartError(RuntimeError):
    """A program of the runtime did not come up; the text says which and shows the end of its log."""


@dataclass
class Child:
    """One program. `stop_signal` is what it understands as a polite request."""

    name: str
    command: Sequence[str]
    log_path: Path
    environment: Mapping[str, str] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Begin; output is appended to the log."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  the commands are our own
                self.command,
                env=None if self.environment is None else dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether it runs; a zombie does not."""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self.process.pid if self.process is not None and self.alive else None

    def stop(self, within_s: float = 15.0) -> None:
        """Ask, wait, and kill what does not obey. Safe to repeat."""
        self.signal(self.stop_signal)
        self.wait(within_s)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if it still runs."""
        if self.process is not None and self.alive:
            self.process.send_signal(number)

    def wait(self, within_s: float) -> None:
        """Wait for its end; past `within_s` seconds it is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """`kill -9` for the program and everything in its session."""
        if self.process is None or not self.alive:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(5)

    def log_tail(self) -> str:
        """The end of its log."""
        if not self.log_path.exists():
            return ""
        with self.log_path.open("rb") as log:
            log.seek(max(0, self.log_path.stat().st_size - TAIL_BYTES))
            return log.read().decode(errors="replace").strip()


def dies_with_us(command: Sequence[str], number: str = "TERM") -> list[str]:
    """The command, signalled by the kernel when the thread that started it ends, where that is on offer."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", number, "--", *command] if setpriv else list(command)
