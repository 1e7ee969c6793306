"""A whole product with servers of its own, all of which may be killed, used for one schedule after another."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import nats
from nats.errors import Error as NatsError
from sqlalchemy import text

from libs.common.db import Database
from libs.common.db.migrate import migrate
from libs.local.nats import EmbeddedNats
from libs.local.postgres import EmbeddedPostgres
from tests.chaos.schedules.journal import begin_journal_anew, install_journal
from tests.harness.jumping_clock import JumpingClock
from tests.harness.processes import SERVICES
from tests.harness.shared_system import all_told, renew
from tests.harness.system import RunningSystem

SECOND_DELETER = "deleter-2"
RUNNING = (*SERVICES, SECOND_DELETER)


@dataclass
class Arena:
    """Six processes, two of them deleters, and the servers behind them. Start it, use it, stop it."""

    folder: Path
    postgres: EmbeddedPostgres
    nats: EmbeddedNats
    system: RunningSystem
    db: Database
    _busy: dict[str, asyncio.Lock] = field(default_factory=dict)

    @classmethod
    async def start(cls, folder: Path) -> "Arena":
        """Everything up and ready, with an owner and an empty database."""
        postgres, broker = EmbeddedPostgres(folder / "servers"), EmbeddedNats(folder / "servers")
        url, bus = await asyncio.to_thread(postgres.start), await asyncio.to_thread(broker.start)
        await migrate(url)
        system = RunningSystem(folder, url, bus, JumpingClock(folder / "clock.json"))
        arena = cls(folder, postgres, broker, system, Database(url, pool_size=2))
        try:
            await install_journal(arena.db)
            await asyncio.to_thread(system.start)
            system.add("deleter", SECOND_DELETER)
            await asyncio.to_thread(system.processes[SECOND_DELETER].wait_ready)
        except BaseException:
            await arena.stop()
            raise
        return arena

    async def stop(self) -> None:
        """End everything."""
        await asyncio.to_thread(self.system.stop)
        await self.db.dispose()
        await asyncio.to_thread(self.nats.stop)
        await asyncio.to_thread(self.postgres.stop)

    async def make_new(self) -> None:
        """As if nothing had ever happened; raises when something is stuck."""
        await renew(self.system, RUNNING, may_have_been_killed=True)
        await begin_journal_anew(self.db)
        await self.system.log_in()
        await self.system.first_run_over()

    async def kill(self, name: str, for_s: float) -> None:
        """`kill -9`, and a start after so many real seconds, as a supervisor would. A second killer waits its turn."""
        async with self._busy.setdefault(name, asyncio.Lock()):
            if name in {"nats", "postgres"}:
                await self._kill_server(self.nats if name == "nats" else self.postgres, for_s)
                return
            process = self.system.processes[name]
            await asyncio.to_thread(process.kill)
            await asyncio.sleep(for_s)
            process.start()

    async def _kill_server(self, server: EmbeddedNats | EmbeddedPostgres, for_s: float) -> None:
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(for_s)
        await asyncio.to_thread(server.start)

    async def all_ready(self) -> None:
        """Wait until every process serves; one that ended by itself fails here with the end of its log."""
        for process in self.system.processes.values():
            await asyncio.to_thread(process.wait_ready)

    async def scalar(self, statement: str) -> int:
        """One number from the database."""
        async with self.db.connect() as conn:
            return int((await conn.execute(text(statement))).scalar_one() or 0)

    async def is_told(self) -> bool:
        """Whether every event has reached the feed."""
        try:
            client = await nats.connect(self.nats.url)
        except (NatsError, OSError):
            return False
        try:
            return await all_told(self.db, client.jetstream())
        finally:
            await client.close()
