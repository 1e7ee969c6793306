"""A simulator in a thread of this process, for tests that want real HTTP."""

import asyncio
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import uvicorn

from libs.simulator.app import build_app
from libs.simulator.control import instance_row
from libs.simulator.faults import FaultRule
from libs.simulator.ledger import Entry
from libs.simulator.protocol import CuttableProtocol
from libs.simulator.simulation import Simulation
from libs.simulator.world import World

T = TypeVar("T")


def server_config(simulation: Simulation, host: str, port: int) -> uvicorn.Config:
    """The web server's settings, the same in a thread and as a process."""
    return uvicorn.Config(
        build_app(simulation),
        host=host,
        port=port,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


class SimulatorServer:
    """Serves a world on loopback; a context manager. Methods may be called from any thread."""

    def __init__(self, world: World | Simulation, port: int = 0) -> None:
        self.simulation = world if isinstance(world, Simulation) else Simulation(world)
        # Named as TCP, so that asyncio sends small answers at once instead of waiting 40 ms for more.
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(128)  # so that a caller who is early waits instead of being refused
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(server_config(self.simulation, "127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """The origin, without an instance's URL base."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def world(self) -> World:
        """The world that is served. Look at it freely; change it through `do`."""
        return self.simulation.world

    def instance(self, key: str) -> dict[str, str]:
        """Type, name, url and apiKey of one instance."""
        return instance_row(self.world.systems[key], self.url)

    def start(self) -> Self:
        """Serve; returns when the port answers."""
        self._thread.start()
        self._ready.wait(10)
        return self

    def stop(self) -> None:
        """Let hanging calls go and end the thread."""
        if self._thread.is_alive():
            self.do(self.simulation.faults.clear)
            self._server.should_exit = True
            self._thread.join(10)
        self._socket.close()
        self.simulation.ledger.close()

    def do(self, action: Callable[[], T]) -> T:
        """Run something between two calls, so that nothing changes meanwhile; answers its result."""
        if self._loop is None:
            raise RuntimeError("the simulator is not running")

        async def run() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def ledger(self, since: int = 0) -> list[Entry]:
        """Mutating calls behind `since`, oldest first."""
        return self.do(lambda: self._ledger(since))

    def _ledger(self, since: int) -> list[Entry]:
        self.simulation.settle_due()
        return self.simulation.ledger.since(since)

    def break_calls(self, rule: FaultRule) -> FaultRule:
        """Put a fault in force."""
        return self.do(lambda: self.simulation.faults.add(rule))

    def heal(self) -> None:
        """Lift every fault."""
        self.do(self.simulation.faults.clear)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await self._server.serve(sockets=[self._socket])
