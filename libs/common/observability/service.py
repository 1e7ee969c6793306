"""The common shape of a process: settings, logs, its parts side by side, probes, and a clean end."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
import uvicorn
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from libs.common.clock import ClockFileError
from libs.common.domain.enums import LogLevel
from libs.common.observability import logs
from libs.common.observability.admin import Check, build_admin_app
from libs.common.settings import Settings, SettingsError, load_settings

log = structlog.get_logger(__name__)

EXIT_FAILURE = 1
EXIT_SETTINGS = 2
GRACEFUL_TIMEOUT_S = 3
CANCEL_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of a process. `tasks` run until the process stops; one that fails stops it, one that ends does not."""

    tasks: Sequence[Callable[[], Awaitable[None]]]
    checks: Mapping[str, Check]
    registry: CollectorRegistry
    public_app: ASGIApp | None = None
    """Served on `PORT`; only the gateway has one."""
    on_stop: Sequence[Callable[[], Awaitable[None]]] = field(default=())
    """Called first when the process is to stop, while its ports still answer: to let long-lived clients go."""


Build = Callable[[Settings], AbstractAsyncContextManager[Service]]
"""Builds everything once; what follows the yield closes it again, after the tasks have ended."""


def run_service(name: str, build: Build) -> None:
    """Run one process until SIGTERM or SIGINT. Exits with 2 and one sentence per wrong setting, 1 after a failure."""
    try:
        settings = load_settings()
    except SettingsError as exc:
        print(f"{name}: {exc}", file=sys.stderr)  # noqa: T201  logs are not configured yet, and a person reads this
        raise SystemExit(EXIT_SETTINGS) from None
    logs.configure(name, settings.pinned_log_level or LogLevel.INFO, settings.log_format)
    if settings.db_path is not None:
        log.warning("DB_PATH does not choose the database; it only tells where a version 1 database may be found")
    try:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(_serve(settings, build))
    except (ClockFileError, PortTakenError, SettingsError) as exc:
        print(f"{name}: {exc}", file=sys.stderr)  # noqa: T201  see above
        raise SystemExit(EXIT_SETTINGS) from None
    except Exception:  # the supervisor starts the process anew; here the reason is told without credentials
        log.exception("service failed")
        raise SystemExit(EXIT_FAILURE) from None


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


async def _serve(settings: Settings, build: Build) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with build(settings) as service:
        admin_app = build_admin_app(service.checks, service.registry)
        servers = [_server(admin_app, settings.host, settings.admin_port)]
        if service.public_app is not None:
            servers.append(_server(service.public_app, settings.host, settings.port))
        log.info("service started")
        _settle_garbage()
        await _until_stopped(service, servers, stop)
        log.info("service stopped")


async def _until_stopped(service: Service, servers: Sequence["_Server"], stop: asyncio.Event) -> None:
    serving = [asyncio.create_task(server.serve([server.socket])) for server in servers]
    working = [asyncio.ensure_future(task()) for task in service.tasks]
    stopping = asyncio.create_task(stop.wait())
    failure = await _first_failure({*serving, *working}, stopping)
    for hook in service.on_stop:
        await hook()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*serving, return_exceptions=True)
    for task in working:
        task.cancel()
    if working:  # bounded: before Python 3.12 `wait_for` may swallow a cancellation, and a stop must not hang on that
        await asyncio.wait(working, timeout=CANCEL_TIMEOUT_S)
    if failure is not None:
        raise failure


async def _first_failure(
    running: set["asyncio.Future[None]"], stopping: "asyncio.Task[Literal[True]]"
) -> BaseException | None:
    """Wait for the order to stop, or for the first part that fails; answers its reason."""
    waiting: set[asyncio.Future[Any]] = {*running, stopping}
    while not stopping.done():
        ended, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for part in ended - {stopping}:
            reason = part.exception()
            if reason is not None:
                stopping.cancel()
                return reason
    return None


class PortTakenError(OSError):
    """The port is in use, or may not be listened on; the text says which and what to do."""


class _Server(uvicorn.Server):
    """Uvicorn on a socket of ours, and without its signal handlers: the process has one order of stopping."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config)
        self.socket = listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield


def _server(app: ASGIApp, host: str, port: int) -> _Server:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # who is behind a proxy is decided by TRUSTED_PROXIES alone
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_TIMEOUT_S,
    )
    return _Server(config, _listen(host, port))


def _listen(host: str, port: int) -> socket.socket:
    """Bind before anything starts, so that a taken port is one sentence and not a traceback of the web server."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as exc:
        raise PortTakenError(f"port {port} on {host} cannot be used: {exc.strerror}; choose another one") from exc


def _settle_garbage() -> None:
    """What exists at start lives for ever: keep the collector away from it (up to 4.5 times on p99)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)
