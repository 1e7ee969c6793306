"""Everything that runs under the supervisor: started, written down, started again after a crash, stopped."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from libs.local import logs
from libs.local.children import Child, StartError
from libs.local.data_dir import DataDir
from libs.local.patience import StopRequestedError
from libs.local.restarts import Restarts

_TRIM_EVERY_S = 60.0

Say = Callable[[str], None]


class Part(Protocol):
    """A server or a service, as the watch over it sees it."""

    @property
    def alive(self) -> bool: ...
    @property
    def child(self) -> Child | None: ...
    def start(self) -> object: ...


class Watch:
    """The parts by name, in the order of their start."""

    def __init__(self, data_dir: DataDir, say: Say) -> None:
        self._data_dir = data_dir
        self._say = say
        self._parts: dict[str, Part] = {}
        self._restarts: dict[str, Restarts] = {}
        self._trimmed_at = 0.0

    def start(self, name: str, part: Part) -> None:
        """Start a part and watch over it from now on."""
        self._parts[name] = part
        part.start()
        self._restarts[name] = Restarts(time.monotonic())
        self._remember()

    def crashes_in_a_row(self, name: str) -> int:
        """How often a part ended without having been healthy for a while."""
        return self._restarts[name].crashes_in_a_row

    def look_after(self) -> None:
        """One round: note who ended, start whose delay is over, keep the logs small. To be called all the time."""
        for name, part in self._parts.items():
            if not part.alive:
                self._care_for(name, part)
        now = time.monotonic()
        if now - self._trimmed_at > _TRIM_EVERY_S:
            self._trimmed_at = now
            self._despite_the_disk(lambda: logs.trim(self._data_dir.path / "logs"))

    def stop(self, names: Sequence[str], within_s: float) -> None:
        """Stop these together; past `within_s` seconds they are killed. Names that never started are fine."""
        children = [part.child for name, part in self._parts.items() if name in names and part.child is not None]
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + within_s
        for child in children:
            child.wait(max(0.1, deadline - time.monotonic()))

    def stopped(self) -> None:
        """Nobody is left to be found by a later instance."""
        self._despite_the_disk(self._remember)

    def _care_for(self, name: str, part: Part) -> None:
        restarts, now = self._restarts[name], time.monotonic()
        if restarts.due_at is None:
            self._say(f"{name} ended; starting it again in {restarts.crashed(now):g} s{_log_of(part)}")
        elif restarts.due(now):
            self._start_again(name, part, restarts)

    def _start_again(self, name: str, part: Part, restarts: Restarts) -> None:
        try:
            part.start()
        except StopRequestedError:
            return
        except (StartError, OSError) as exc:
            wait_s = restarts.crashed(time.monotonic())
            self._say(f"{name} did not start: {str(exc).splitlines()[0]}; next try in {wait_s:g} s{_log_of(part)}")
        else:
            restarts.started(time.monotonic())
            self._despite_the_disk(self._remember)

    def _remember(self) -> None:
        running = {name: part.child for name, part in self._parts.items() if part.alive and part.child is not None}
        self._data_dir.remember_children(running)

    def _despite_the_disk(self, act: Callable[[], None]) -> None:
        """A full disk must not end what still runs; it is said, and the services say it for themselves."""
        try:
            act()
        except OSError as exc:
            self._say(f"the data folder cannot be written: {exc.strerror}")


def _log_of(part: Part) -> str:
    return "" if part.child is None else f" (log: {part.child.log_path})"
