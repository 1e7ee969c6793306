"""One running system per test worker, as good as new for each test that only uses it."""

import json
from collections.abc import Callable, Collection
from contextlib import ExitStack, suppress
from pathlib import Path

import nats
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.db.seed_rows import seed_rows
from libs.common.events.deletion import DeletionGracePeriod
from libs.common.messaging import topology
from libs.common.messaging.subjects import event_subject
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.harness.processes import SERVICES
from tests.harness.servers import PostgresServer, nats_server
from tests.harness.system import RunningSystem

AT_REST_WITHIN_S = 60.0
COUNTDOWN_ENDS_WITHIN_S = 15.0
"""The deleter looks at its queue every second, on a busy machine somewhat later."""

_HOLD_STILL = text("lock table engine_runs, snapshots, deletion_jobs, preview_state in share row exclusive mode nowait")
_AT_WORK = text(
    """
    select exists (select from engine_runs where state in ('queued', 'running'))
        or exists (select from snapshots where state in ('requested', 'reading'))
        or exists (select from deletion_jobs where state in ('claimed', 'deleting', 'verifying'))
        or exists (select from preview_state s where s.preview_id is not null
                      and (s.wanted_scoring > s.scored_scoring or s.wanted_revision > s.rendered_revision
                           or not exists (select from preview_bodies b where b.preview_id = s.preview_id
                                             and b.revision = s.rendered_revision)))
    """
)
_UNPUBLISHED = text("select exists (select from outbox where published_at is null)")


class SharedSystem:
    """Starts the processes when they are first wanted, or wanted again after a test that left them in disorder.

    What a test may find of its predecessors: ids that go on rising, and nothing else.
    """

    def __init__(self, new_folder: Callable[[], Path], postgres: PostgresServer) -> None:
        self._new_folder = new_folder
        self._postgres = postgres
        self._running: RunningSystem | None = None
        self._parts = ExitStack()

    async def take(self) -> RunningSystem:
        """All five services at rest, and an owner who has just logged in."""
        if self._running is None:
            self._parts.close()  # what is left of a start that failed
            self._running = await self._start()
        await self._running.log_in()
        await self._running.first_run_over()
        return self._running

    async def give_back(self) -> None:
        """Wait until nothing is under way and make everything new. Raises when a process or its work is stuck."""
        try:
            if self._running is not None:
                await renew(self._running)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything that was started."""
        self._running = None
        self._parts.close()

    async def _start(self) -> RunningSystem:
        folder = self._new_folder()
        nats_url = self._parts.enter_context(nats_server(folder / "servers"))
        url = self._postgres.url_of(await self._postgres.clone())
        running = RunningSystem(folder, url, nats_url, JumpingClock(folder / "clock.json"))
        self._parts.callback(running.stop)
        running.start()
        return running


async def renew(
    running: RunningSystem, processes: Collection[str] = SERVICES, *, may_have_been_killed: bool = False
) -> None:
    """Wait until nothing is under way and make everything new. Raises unless exactly these processes run.

    Of those that were killed, none may be left that knows of a countdown and would tell its end.
    """
    running.clock.reset()  # first: a run that begins in an emptied system must not lie in the next test's future
    db, client = Database(running.database_url, pool_size=2), await nats.connect(running.nats_url)
    try:
        await eventually(lambda: _emptied(running, db, processes), within_s=AT_REST_WITHIN_S)
        if not may_have_been_killed:
            with suppress(AssertionError):  # who did not see it begin tells no end
                await eventually(lambda: _countdown_told_over(client.jetstream()), within_s=COUNTDOWN_ENDS_WITHIN_S)
        await eventually(lambda: all_told(db, client.jetstream()), within_s=AT_REST_WITHIN_S)
        async with db.begin() as tx:
            await tx.execute(delete(m.ActivityEvent))
        for stream in topology.STREAMS:
            await client.jetstream().purge_stream(stream.name)
    finally:
        await client.close()
        await db.dispose()
    for process in running.processes.values():
        process.begin_log_anew()


async def _emptied(running: RunningSystem, db: Database, processes: Collection[str]) -> bool:
    """Between two steps of the services, take everything away. False while one of them is at work."""
    alive = sorted(label for label, process in running.processes.items() if process.alive)
    if alive != sorted(processes):
        raise RuntimeError(f"{alive} of the shared system run: a test that changes that needs a system of its own")
    with suppress(DBAPIError):  # a table is being written to: that, too, is being at work
        async with db.begin() as tx:
            await tx.execute(_HOLD_STILL)
            if (await tx.execute(_AT_WORK)).scalar_one():
                return False
            await _empty(tx)
            return True
    return False


async def _empty(tx: AsyncConnection) -> None:
    """All but the leases, by which the processes know that they lead, and the events that are still on their way."""
    kept = {m.Lease.__table__, m.Outbox.__table__}
    for table in reversed(m.Base.metadata.sorted_tables):
        if table not in kept:
            await tx.execute(delete(table))
    await seed_rows(tx)


async def _countdown_told_over(js: JetStreamContext) -> bool:
    """Whether no countdown was told of, or also its end, which the deleter tells when it next looks at its queue."""
    subject = event_subject(DeletionGracePeriod.family, DeletionGracePeriod.type)
    try:
        last = await js.get_last_msg(topology.EVENTS.name, subject)
    except NotFoundError:
        return True
    return not json.loads(last.data or b"")["data"]["active"]


async def all_told(db: Database, js: JetStreamContext) -> bool:
    """Whether the last event has gone through the stream into the feed."""
    async with db.connect() as conn:
        if (await conn.execute(_UNPUBLISHED)).scalar_one():
            return False
    worker = topology.ACTIVITY_WORKER
    consumer = await js.consumer_info(worker.stream.name, worker.durable)
    return not consumer.num_pending and not consumer.num_ack_pending
