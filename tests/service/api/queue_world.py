"""The real thing beside the model: the gateway, the engine's doors and the deleter over one database and one Radarr."""

import asyncio
from collections import Counter
from collections.abc import Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions import NewJob, enqueue_jobs, open_batch
from libs.common.deletions.fingerprint import fingerprint_of, load_instances
from libs.common.domain.enums import (
    ACTIVE_JOB_STATES,
    ApprovalStatus,
    ExecutionMode,
    IntegrationType,
    MediaType,
    Trigger,
)
from libs.simulator.builders import world_with
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.library import Movie
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import DiskSpec, MovieSpec
from services.deleter.queue import DeletionQueue
from services.engine.approvals.listing import ask_about, ask_nothing_more
from services.engine.approvals.upkeep import put_in_order
from services.engine.preview.queries import load_surroundings
from tests.harness.expectations import deleted_targets
from tests.service.api.queue_model import DELAY, Item, Span
from tests.service.deleter.rows import BOX
from tests.service.deleter.town import Town

T = TypeVar("T")

ROOTS = {"media": "/data/media/movies", "more": "/data/more/movies"}
ITEMS = {
    item.key: item
    for item in (
        Item("1", "Twin", "media", 0.9),
        Item("2", "Part One", "media", 0.8, "Saga"),
        Item("3", "Part Two", "media", 0.7, "Saga"),
        Item("4", "Twin", "more", 0.6),
        Item("5", "Loner", "more", 0.5),
    )
}
"""By the id that Radarr gives: two movies with one title on two disks, and a collection."""

_RUN = 999
_DELAY_S = int(DELAY.total_seconds())
_PATIENCE_S = 60
_FAMILIES = ("deletion", "approval")
_DECLINES = FaultRule(kind=FaultKind.STATUS, method="DELETE", status=400, message="no")

_UNPAIRED = text(
    """
    select q.id, q.external_id, j.id as job_id
      from (select * from approval_queue where status = 'approved') q
           full join (select * from deletion_jobs
                       where approval_id is not null and state in ('waiting', 'claimed', 'deleting', 'verifying')) j
             on j.approval_id = q.id and j.external_id = q.external_id
     where q.id is null or j.id is null
    """
)
_UNTOLD_BATCHES = text(
    """
    select count(*) from deletion_batches b
     where b.completed_at is null
       and not exists (select from deletion_jobs j where j.batch_id = b.id and j.finished_at is null)
    """
)


def movies_server() -> SimulatorServer:
    """A Radarr with exactly these items, on two disks that are 90 % full."""
    disks = [DiskSpec(name=name, mounts=[f"/data/{name}"]) for name in ROOTS]
    movies = [
        MovieSpec(title=item.title, year=1970 + int(key), id=int(key), root=ROOTS[item.group])
        for key, item in ITEMS.items()
    ]
    return SimulatorServer(world_with(movies=movies, movie_roots=list(ROOTS.values()), disks=disks))


@dataclass
class World:
    """All that runs in the test's event loop, to be used from the thread in which hypothesis works."""

    loop: asyncio.AbstractEventLoop
    api: httpx.AsyncClient
    town: Town
    groups: dict[str, int] = field(default_factory=dict)
    _movies: dict[int, Movie] = field(default_factory=dict)
    _queue: DeletionQueue | None = None
    _outbox: int = 0
    _ledger: int = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """From the other thread: run it in the loop and wait."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_PATIENCE_S)

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request of the owner."""
        return self.do(self.api.request(method, path, **more))

    @property
    def now(self) -> Span:
        moment = self.town.owner.clock.now()
        return Span(moment, moment)

    async def settle(self) -> None:
        """Connect and read the Radarr, once for all examples."""
        row = self.town.server.instance("radarr")
        sealed = BOX.seal(row["apiKey"])
        self.town.ids["radarr"] = await self.town.owner.integration(IntegrationType.RADARR, row["url"], api_key=sealed)
        await self.town.read()
        group = m.DiskGroup
        for name in ROOTS:
            found = select(group.id).where(group.mount_path == f"/data/{name}")
            self.groups[name] = int(await self.town.owner.scalar(found))
        self._movies = dict(self._radarr.movies)
        self._queue = self.town.deleter()

    @property
    def _radarr(self) -> Any:
        return self.town.server.world.instances["radarr"]

    @property
    def source(self) -> int:
        """The id of the Radarr's integration."""
        return self.town.ids["radarr"]

    async def begin(self, modes: Mapping[str, ExecutionMode]) -> None:
        """As before the first example: nothing in a queue, every movie in place, deletions enabled."""
        self.town.server.do(self._put_back)
        owner = self.town.owner
        for table in (m.DeletionJob, m.DeletionBatch, m.ApprovalItem, m.AuditEntry, m.Hold):
            await owner.execute(delete(table))
        group = m.DiskGroup
        for name, mode in modes.items():
            changed = update(group).where(group.id == self.groups[name])
            await owner.execute(changed.values(mode=mode, discovered_in_run=None))
        await self.catch_up()
        await owner.prefer(deletions_enabled=True, deletion_queue_delay_seconds=_DELAY_S)
        self._outbox = int(await owner.scalar(select(func.coalesce(func.max(m.Outbox.seq), 0))))
        self._ledger = len(self.town.server.ledger())

    def _put_back(self) -> None:
        self._radarr.movies.clear()
        self._radarr.movies.update(self._movies)
        self._radarr.exclusions.clear()

    async def run(self, chosen: Collection[str], modes: Mapping[str, ExecutionMode], *, enabled: bool) -> None:
        """What a cycle of the engine does that has chosen these items, by its own doors.

        It never chooses what is snoozed or waits to be deleted; in approval that is looked up here, elsewhere the
        doors themselves let no target in twice.
        """
        now = self.town.owner.clock.now()
        async with self.town.owner.db.begin() as tx:
            await put_in_order(tx, _RUN, now)
            busy = await _busy(tx)
            for name, mode in modes.items():
                rows = await self._candidates(tx, {key for key in chosen if ITEMS[key].group == name} - busy)
                if rows and mode is ExecutionMode.APPROVAL:
                    await ask_about(tx, self.groups[name], _frame(rows), _RUN, now)
                    continue
                await ask_nothing_more(tx, self.groups[name], _RUN, now)
                batch = await open_batch(tx, None, now)
                jobs = [self._job(row, mode, enabled=enabled) for row in rows]
                await enqueue_jobs(tx, jobs, batch=batch, source="engine", now=now, delay_s=_DELAY_S)

    async def _candidates(self, tx: AsyncConnection, keys: Collection[str]) -> list[dict[str, Any]]:
        item = m.MediaItem
        found = await tx.execute(select(item.__table__).where(item.external_id.in_(sorted(keys))))
        rows = [dict(row) for row in found.mappings()]
        instances = await load_instances(tx, [row["integration_id"] for row in rows])
        return [
            row
            | {"score": ITEMS[row["external_id"]].score, "score_details": "[]"}
            | {"collection_group": ITEMS[row["external_id"]].collection}
            | {"fingerprint": fingerprint_of(row, instances.get(row["integration_id"]))}
            for row in rows
        ]

    def _job(self, row: dict[str, Any], mode: ExecutionMode, *, enabled: bool) -> NewJob:
        is_rehearsal = mode is ExecutionMode.DRY_RUN
        return NewJob(
            integration_id=row["integration_id"],
            media_type=MediaType.MOVIE,
            external_id=row["external_id"],
            title=row["title"],
            size_bytes=row["size_bytes"],
            path=row["path"],
            score=row["score"],
            trigger=Trigger.ENGINE,
            disk_group_id=row["disk_group_id"],
            enqueued_mode=mode,
            force_dry_run=is_rehearsal or not enabled,
            upsert_audit=is_rehearsal,
            fingerprint=row["fingerprint"],
        )

    async def work(self, must: Collection[str], *, is_refused: bool) -> set[str]:
        """The deleter at work until these items' jobs have ended; answers the items of all jobs that ended.

        Between two jobs it may well be that another one becomes due.
        """
        assert self._queue is not None
        await self.catch_up()
        before = await self._active()
        if is_refused:
            self.town.server.break_calls(_DECLINES)

        async def is_done() -> bool:
            states = await self._active()
            return not must & states.keys() and set(states.values()) <= {"waiting"}

        await self.town.work(self._queue, is_done, _PATIENCE_S / 2)
        await self._queue.look_once()
        self.town.server.heal()
        return before.keys() - (await self._active()).keys()

    async def catch_up(self) -> None:
        """Score what a change of settings has outdated, as the engine does at once."""
        state = m.PreviewState
        behind = (state.wanted_scoring > state.scored_scoring) | state.preview_id.is_(None)
        if await self.town.owner.scalar(select(behind)):
            await self.town.score()

    async def _active(self) -> dict[str, str]:
        """States of the jobs that have not ended, by item."""
        job = m.DeletionJob
        rows = await self.town.owner.rows(select(job.external_id, job.state).where(job.finished_at.is_(None)))
        return {row.external_id: row.state.value for row in rows}

    # what can be seen besides what the api shows

    async def audit(self) -> list[tuple[int, str, str, int]]:
        """Id, item, action and job of each entry, oldest first."""
        return [(row.id, row.external_id, row.action.value, row.job_id) for row in await self.town.owner.audit()]

    async def told(self) -> Counter[str]:
        """The durable events about queues since this was last asked."""
        out = m.Outbox
        rows = await self.town.owner.rows(
            select(out.seq, out.type).where(out.seq > self._outbox, out.family.in_(_FAMILIES)).order_by(out.seq)
        )
        self._outbox = max((row.seq for row in rows), default=self._outbox)
        return Counter(row.type for row in rows)

    async def places(self) -> dict[str, str]:
        """What a preview that is rendered now says of the items that stand in a queue."""
        async with self.town.owner.db.connect() as conn:
            shown = (await load_surroundings(conn)).places
        return {external_id: place.status for (_, external_id), place in shown.items()}

    async def unpaired(self) -> list[Any]:
        """Approved rows without their waiting job, and jobs of rows that are not approved."""
        async with self.town.owner.db.connect() as conn:
            return list((await conn.execute(_UNPAIRED)).all())

    async def untold_batches(self) -> int:
        """Batches that nothing belongs to any more, and of which nobody was told."""
        async with self.town.owner.db.connect() as conn:
            return int((await conn.execute(_UNTOLD_BATCHES)).scalar_one())

    def deleted(self) -> list[str]:
        """What the Radarr really removed since the beginning of the example."""
        entries = self.town.server.ledger()[self._ledger :]
        return [external_id for _, external_id in deleted_targets(entries)]


async def _busy(tx: AsyncConnection) -> set[str]:
    approval, job = m.ApprovalItem, m.DeletionJob
    snoozed = await tx.execute(select(approval.external_id).where(approval.status == ApprovalStatus.REJECTED))
    queued = await tx.execute(select(job.external_id).where(job.state.in_(ACTIVE_JOB_STATES)))
    return {*snoozed.scalars(), *queued.scalars()}


def _frame(rows: list[dict[str, Any]]) -> Any:
    import polars as pl

    columns = ("integration_id", "external_id", "title", "media_type", "size_bytes", "score", "score_details")
    more = ("poster_url", "disk_group_id", "collection_group", "seen_at", "path", "file_fingerprint", "play_count")
    last = ("last_played", "watch_evidence_at")
    return pl.DataFrame([{name: row[name] for name in (*columns, *more, *last)} for row in rows])
