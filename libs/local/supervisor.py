"""Starts everything in its order, keeps it running, and ends it: one foreground process that owns all others."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

from libs.local.announcement import announcement
from libs.local.children import Child, StartError, dies_with_us
from libs.local.data_dir import DataDir
from libs.local.demo import Demonstration
from libs.local.nats import EmbeddedNats
from libs.local.options import SERVICES, Options, require_free_ports
from libs.local.patience import StopRequestedError
from libs.local.postgres import EmbeddedPostgres, plain_environment
from libs.local.preparation import EXIT_SETTINGS, SettingsRejectedError, prepare_database
from libs.local.probes import in_words, is_ready, missing
from libs.local.watch import Say, Watch

READY_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 25.0
POLL_S = 0.1
CRASHES_WHILE_STARTING = 3
"""A service that ends so often before all are ready will not come up by waiting."""


@dataclass
class _Service:
    child: Child
    admin_port: int

    @property
    def alive(self) -> bool:
        return self.child.alive

    def start(self) -> None:
        self.child.start()


class Supervisor:
    """The embedded runtime. `run` blocks until SIGTERM, SIGINT or SIGHUP; every child is gone when it returns."""

    def __init__(self, options: Options, say: Say, command: Callable[[str], list[str]]) -> None:
        self._options = options
        self._command = command
        self._say = say
        self._stop_requested = False
        self._postgres: EmbeddedPostgres | None = None
        self._demonstration: Demonstration | None = None
        self._services: dict[str, _Service] = {}

    def run(self) -> None:
        """Start, say `ready:`, watch, stop. Raises `StartError` when it cannot start."""
        self._listen_to_signals()
        data_dir = DataDir(self._options.data_dir)
        watch = Watch(data_dir, self._say)
        try:
            with suppress(StopRequestedError):
                self._start(data_dir, watch)
            while not self._stop_requested:
                watch.look_after()
                time.sleep(POLL_S)
        except StartError:
            # programs that the same Ctrl+C ended do not come up either, and that is what was wanted
            if not self._stop_requested:
                raise
        finally:
            self._stop(watch)
            data_dir.close()

    def _listen_to_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` ignores SIGHUP for us
                signal.signal(number, self._request_stop)

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requested = True

    def _stopping(self) -> bool:
        return self._stop_requested

    def _start(self, data_dir: DataDir, watch: Watch) -> None:
        for name in data_dir.stop_orphans():
            self._say(f"stopped {name}, left behind by an instance that was killed")
        require_free_ports(self._options)
        environment = self._environment(data_dir, watch)
        instances = []
        if self._options.demo:
            self._say("starting the simulated upstreams")
            self._demonstration = Demonstration(data_dir.path, stopping=self._stopping)
            watch.start("simulator", self._demonstration)
            instances = self._demonstration.instances()
        self._say("checking the database")
        prepared = prepare_database(environment, instances, self._stopping)
        self._say("starting the services")
        for name in SERVICES:
            self._services[name] = self._service(name, environment, data_dir)
            watch.start(name, self._services[name])
        self._wait_ready(watch)
        simulator = None if self._demonstration is None else self._demonstration.url
        for line in announcement(self._options, has_owner=prepared.has_owner, simulator_url=simulator):
            self._say(line)

    def _environment(self, data_dir: DataDir, watch: Watch) -> dict[str, str]:
        """Starts the embedded servers, unless the person has others, and tells the services where all is."""
        options, environment = self._options, dict(os.environ)
        if "SECRET_KEY" not in options.given:
            environment["SECRET_KEY"] = data_dir.secret_key()
        if "DATABASE_URL" not in options.given:
            self._say("starting Postgres")
            self._postgres = EmbeddedPostgres(data_dir.path, stopping=self._stopping)
            watch.start("postgres", self._postgres)
            environment = {**plain_environment(environment), "DATABASE_URL": self._postgres.url}
        if "NATS_URL" not in options.given:
            self._say("starting NATS")
            nats = EmbeddedNats(data_dir.path, stopping=self._stopping)
            watch.start("nats", nats)
            environment["NATS_URL"] = nats.url
        return {**environment, "DATA_DIR": str(data_dir.path), "PORT": str(options.port), "PYTHONUNBUFFERED": "1"}

    def _service(self, name: str, environment: dict[str, str], data_dir: DataDir) -> _Service:
        port = self._options.admin_port(name)
        command = dies_with_us(self._command(name))
        return _Service(Child(name, command, data_dir.path, {**environment, "ADMIN_PORT": str(port)}), port)

    def _wait_ready(self, watch: Watch) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        waiting = dict(self._services)
        while waiting:
            if self._stop_requested:
                raise StopRequestedError
            for name, service in waiting.items():
                _require_hope(name, service.child, watch)
            watch.look_after()
            waiting = {
                name: service
                for name, service in waiting.items()
                if not (service.alive and is_ready(service.admin_port))
            }
            if waiting and time.monotonic() > deadline:
                raise StartError(_not_ready(waiting))
            time.sleep(POLL_S)

    def _stop(self, watch: Watch) -> None:
        """Services first and together, so that none sees its servers go; then what they stood on."""
        watch.stop((*SERVICES, "simulator"), STOP_TIMEOUT_S)
        watch.stop(("nats",), STOP_TIMEOUT_S)
        if self._postgres is not None:
            self._postgres.stop()
        watch.stopped()


def service_command(name: str) -> list[str]:
    """How a service is started."""
    return [sys.executable, "-m", f"services.{name}"]


def _require_hope(name: str, child: Child, watch: Watch) -> None:
    """Give up on a service that refuses its settings, or that keeps crashing. Raises `StartError`."""
    if child.exit_code == EXIT_SETTINGS:
        raise SettingsRejectedError(f"{name}: {child.log_tail()}")
    if child.exit_code is not None and watch.crashes_in_a_row(name) >= CRASHES_WHILE_STARTING:
        raise StartError(f"{name} keeps ending while it starts:\n{child.log_tail()}")


def _not_ready(waiting: dict[str, _Service]) -> str:
    lacks = [f"{name} ({in_words(missing(service.admin_port))})" for name, service in waiting.items()]
    tail = next(iter(waiting.values())).child.log_tail()
    return f"not ready within {READY_TIMEOUT_S:.0f} s: {', '.join(lacks)}\n{tail}"
