"""Starts everything in its order, keeps it running, and ends it: one foreground process that owns all others."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

from libs.local.children import Child, StartError, dies_with_us
from libs.local.data_dir import DataDir
from libs.local.demo import Demonstration
from libs.local.nats import EmbeddedNats
from libs.local.options import SERVICES, Options, require_free_ports
from libs.local.postgres import EmbeddedPostgres
from libs.local.probes import is_ready
from libs.local.restarts import Restarts

READY_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 25.0
POLL_S = 0.1
EXIT_SETTINGS = 2

Say = Callable[[str], None]


class SettingsRejectedError(StartError):
    """A setting in the environment is wrong; the text names it."""


class _Part(Protocol):
    """A server or a service, as the watch over it sees it."""

    @property
    def alive(self) -> bool: ...
    @property
    def pid(self) -> int | None: ...
    def start(self) -> object: ...


class _Server(_Part, Protocol):
    """An embedded server: it tells its address when it starts."""

    def start(self) -> str: ...
    def stop(self) -> None: ...


class Supervisor:
    """The embedded runtime. `run` blocks until SIGTERM or SIGINT; every child is gone when it returns."""

    def __init__(self, options: Options, say: Say, command: Callable[[str], list[str]]) -> None:
        self._options = options
        self._command = command
        self._say = say
        self._stopping = False
        self._servers: dict[str, _Server] = {}
        self._children: dict[str, Child] = {}
        self._restarts: dict[str, Restarts] = {}

    def run(self) -> None:
        """Start, say `ready:`, watch, stop. Raises `StartError` when it cannot start."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        require_free_ports(self._options)
        data_dir = DataDir(self._options.data_dir)
        try:
            for name in data_dir.stop_orphans():
                self._say(f"stopped {name}, left behind by an instance that was killed")
            has_owner = self._start(data_dir)
            if not self._stopping:
                self._announce(has_owner=has_owner)
            self._watch(data_dir)
        finally:
            self._stop_all()
            data_dir.close()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _start(self, data_dir: DataDir) -> bool:
        environment = self._environment(data_dir)
        instances: list[dict[str, Any]] = []
        if self._options.demo:
            self._say("starting the simulated upstreams")
            demonstration = Demonstration(data_dir.path)
            self._children["simulator"] = demonstration.child
            instances = demonstration.start()
        self._say("checking the database")
        answer = _prepare(environment, instances)
        self._say("starting the services")
        for service in SERVICES:
            child = self._service(service, environment, data_dir)
            self._children[service] = child
            child.start()
        now = time.monotonic()
        self._restarts = {name: Restarts(now) for name in (*self._servers, *self._children)}
        self._remember(data_dir)
        self._wait_ready()
        return bool(answer["hasOwner"])

    def _environment(self, data_dir: DataDir) -> dict[str, str]:
        """Starts the embedded servers, unless the person has others, and tells the services where all is."""
        options, given = self._options, dict(os.environ)
        given.update({"DATA_DIR": str(data_dir.path), "PORT": str(options.port), "PYTHONUNBUFFERED": "1"})
        given["SECRET_KEY"] = options.secret_key or data_dir.secret_key()
        if options.database_url is None:
            self._say("starting Postgres")
            given["DATABASE_URL"] = self._embed("postgres", EmbeddedPostgres(data_dir.path))
        if options.nats_url is None:
            self._say("starting NATS")
            given["NATS_URL"] = self._embed("nats", EmbeddedNats(data_dir.path))
        return given

    def _embed(self, name: str, server: _Server) -> str:
        self._servers[name] = server
        return server.start()

    def _service(self, name: str, environment: dict[str, str], data_dir: DataDir) -> Child:
        return Child(
            name,
            dies_with_us(self._command(name)),
            data_dir.path / "logs" / f"{name}.log",
            {**environment, "ADMIN_PORT": str(self._options.admin_port(name))},
        )

    def _wait_ready(self) -> None:
        waiting = list(SERVICES)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while waiting and not self._stopping:
            for name in waiting:
                if not self._children[name].alive:
                    raise StartError(f"{name} ended while starting:\n{self._children[name].log_tail()}")
            waiting = [name for name in waiting if not is_ready(self._options.admin_port(name))]
            if waiting and time.monotonic() > deadline:
                tail = self._children[waiting[0]].log_tail()
                raise StartError(f"not ready within {READY_TIMEOUT_S:.0f} s: {', '.join(waiting)}\n{tail}")
            time.sleep(POLL_S)

    def _announce(self, *, has_owner: bool) -> None:
        url = self._options.url
        self._say(f"ready: {url}")
        self._say(f"  API      {url}/api/v1 (health: curl {url}/api/v1/health)")
        if not has_owner:
            self._say("  login    the first login creates the owner, with the name and password you choose:")
            body = '{"username":"admin","password":"choose-one"}'
            self._say(f"           curl -s -X POST {url}/api/v1/auth/login -d '{body}'")
        self._say(f"  logs     {self._options.data_dir.resolve() / 'logs'}")
        self._say("  stop     Ctrl+C")

    def _watch(self, data_dir: DataDir) -> None:
        while not self._stopping:
            time.sleep(POLL_S)
            for name, part in self._parts().items():
                self._care_for(name, part, data_dir)

    def _care_for(self, name: str, part: _Part, data_dir: DataDir) -> None:
        restarts, now = self._restarts[name], time.monotonic()
        if part.alive or self._stopping:
            return
        if restarts.due_at is None:
            self._say(f"{name} ended; starting it again in {restarts.crashed(now):g} s")
        elif restarts.due(now):
            self._start_again(name, part, restarts)
            self._remember(data_dir)

    def _start_again(self, name: str, part: _Part, restarts: Restarts) -> None:
        try:
            part.start()
        except StartError as exc:
            wait_s = restarts.crashed(time.monotonic())
            self._say(f"{name} did not start: {str(exc).splitlines()[0]}; next try in {wait_s:g} s")
        else:
            restarts.started(time.monotonic())

    def _remember(self, data_dir: DataDir) -> None:
        data_dir.remember_children({name: part.pid for name, part in self._parts().items() if part.pid is not None})

    def _parts(self) -> dict[str, _Part]:
        return {**self._servers, **self._children}

    def _stop_all(self) -> None:
        """Services first and together, so that none sees its servers go; then what they stood on."""
        for child in self._children.values():
            child.signal(child.stop_signal)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for child in self._children.values():
            child.wait(max(0.1, deadline - time.monotonic()))
        for server in reversed(self._servers.values()):
            server.stop()


def service_command(name: str) -> list[str]:
    """How a service is started."""
    return [sys.executable, "-m", f"services.{name}"]


def _prepare(environment: dict[str, str], instances: list[dict[str, Any]]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "libs.local.prepare"],
        check=False,
        env=environment,
        input=json.dumps(instances) if instances else "",
        capture_output=True,
        text=True,
        timeout=READY_TIMEOUT_S,
    )
    if done.returncode == EXIT_SETTINGS:
        raise SettingsRejectedError(done.stderr.strip())
    if done.returncode != 0:
        raise StartError(f"the database could not be prepared: {done.stderr.strip()}")
    return dict(json.loads(done.stdout))
