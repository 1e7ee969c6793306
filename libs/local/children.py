"""Child processes as the runtime wants them: own log file, no inherited input or output, ended for certain."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from libs.local import logs


class StartError(RuntimeError):
    """A program of the runtime did not come up; the text says which and shows the end of its log."""


@dataclass
class Child:
    """One program that works for the data folder. `stop_signal` is what it understands as a polite request.

    It is given `DATA_DIR`, by which a later instance recognises it as its own.
    """

    name: str
    command: Sequence[str]
    data_dir: Path
    environment: Mapping[str, str] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _log_began: int = field(default=0, repr=False)

    @property
    def log_path(self) -> Path:
        """Where its output goes, over all its starts."""
        return self.data_dir / "logs" / f"{self.name}.log"

    def start(self) -> None:
        """Begin; output is appended to the log."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        self._log_began = logs.size_bytes(self.log_path)
        given = os.environ if self.environment is None else self.environment
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  the commands are our own
                self.command,
                env={**given, "DATA_DIR": str(self.data_dir)},
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

    @property
    def exit_code(self) -> int | None:
        """How its last start ended; None while it runs, negative for a signal."""
        return None if self.process is None else self.process.poll()

    def stop(self, within_s: float = 15.0) -> None:
        """Ask, wait, and kill what does not obey. Safe to repeat."""
        self.ask_to_stop()
        self.wait(within_s)

    def ask_to_stop(self) -> None:
        """The polite request, if it still runs."""
        if self.process is not None and self.alive:
            self.process.send_signal(self.stop_signal)

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
        """The end of what its last start wrote."""
        return logs.tail(self.log_path, self._log_began)


def dies_with_us(command: Sequence[str], number: str = "TERM") -> list[str]:
    """The command, signalled by the kernel when the thread that started it ends, where that is on offer."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", number, "--", *command] if setpriv else list(command)
