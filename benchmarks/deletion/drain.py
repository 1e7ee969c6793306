"""How fast the real deleter drains a queue, what a job costs it and the database, and how much memory it takes."""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

import psutil
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.deletion import plain
from benchmarks.deletion.counted import statements_in
from benchmarks.deletion.yard import MOVIE_BYTES, Movie, Yard, yard_of
from benchmarks.town import Memory
from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.deletions import NewJob, enqueue_jobs, open_batch
from libs.common.domain.enums import ExecutionMode, JobState, MediaType, Trigger

_DELAY_S = 5
"""Long enough for all jobs to be queued before the first is due."""

_LOOK_EVERY_S = 0.1
_MOST_PLAIN = 300
"""The plain way does so few jobs on the same yard: it takes as long for each, however many there are."""


@dataclass(frozen=True, slots=True)
class Drain:
    """`done` of `jobs` were done in `took_s`; `plain_s` is what the plain way takes for one job.

    Statements are the deleter's, calls those to the upstream; of processor time the deleter took `cpu_s`, and Postgres
    `database_cpu_s`.
    """

    jobs: int
    done: int
    took_s: float
    statements: int
    calls: int
    cpu_s: float
    database_cpu_s: float
    idle_mib: float
    peak_mib: float
    plain_s: float

    @property
    def per_second(self) -> float:
        """Jobs done in a second."""
        return self.done / self.took_s

    @property
    def times(self) -> float:
        """How many jobs are done in the time that the plain way takes for one."""
        return self.per_second * self.plain_s


def measure(jobs: int, mode: ExecutionMode, for_s: float, patience_s: float) -> Drain:
    """The plain way first, then the deleter, on the same servers."""
    apart = min(jobs, _MOST_PLAIN)
    with yard_of(jobs + apart, mode) as yard:
        if mode is ExecutionMode.DRY_RUN:
            plain_s = asyncio.run(_plain_simulations(yard, apart))
        else:
            plain_s = asyncio.run(plain.delete_each_s(yard, yard.movies[jobs:]))
        counter = yard.folder / "statements"
        with yard.deleter(counter, patience_s) as pid, Memory(pid) as memory:
            before = statements_in(counter), yard.calls(), _cpu_s(pid), _cpu_s(yard.postgres_pid)
            done, took_s = asyncio.run(_drain(yard, yard.movies[:jobs], mode, for_s))
            after = statements_in(counter), yard.calls(), _cpu_s(pid), _cpu_s(yard.postgres_pid)
        statements, calls, cpu_s, database_cpu_s = (late - early for early, late in zip(before, after, strict=True))
    return Drain(
        jobs=jobs,
        done=done,
        took_s=took_s,
        statements=int(statements),
        calls=int(calls),
        cpu_s=cpu_s,
        database_cpu_s=database_cpu_s,
        idle_mib=memory.idle_mib,
        peak_mib=memory.peak_mib,
        plain_s=plain_s / apart,
    )


def _cpu_s(pid: int) -> float:
    """Processor time of a process and its children, also of those that have ended."""
    parent = psutil.Process(pid)
    own = [process.cpu_times() for process in (parent, *parent.children(recursive=True))]
    return sum(used.user + used.system + used.children_user + used.children_system for used in own)


async def _plain_simulations(yard: Yard, count: int) -> float:
    async with yard.database() as db:
        await _fill(db, yard, yard.movies[-count:], ExecutionMode.DRY_RUN)
        await asyncio.sleep(_DELAY_S)
        return await plain.simulate_each_s(db, count)


async def _drain(yard: Yard, movies: list[Movie], mode: ExecutionMode, for_s: float) -> tuple[int, float]:
    """How many jobs were done, and the seconds from when they were due until the last one was seen to be."""
    async with yard.database() as db:
        began = time.monotonic()
        batch_id = await _fill(db, yard, movies, mode)
        due = max(time.monotonic(), began + _DELAY_S)
        while time.monotonic() < due + for_s:
            if not await _is_any_left(db, batch_id):
                break
            await asyncio.sleep(_LOOK_EVERY_S)
        took_s = time.monotonic() - due
        return await _done(db, batch_id, mode), took_s


async def _is_any_left(db: Database, batch_id: UUID) -> bool:
    job = m.DeletionJob
    left = select(job.id).where(job.batch_id == batch_id, job.finished_at.is_(None)).limit(1)
    async with db.connect() as conn:
        return (await conn.execute(left)).first() is not None


async def _done(db: Database, batch_id: UUID, mode: ExecutionMode) -> int:
    """Ends the program unless every job that has ended was done."""
    job = m.DeletionJob
    wanted = JobState.SIMULATED if mode is ExecutionMode.DRY_RUN else JobState.DELETED
    ended = select(
        func.count(job.finished_at).label("ended"),
        func.count().filter(job.state == wanted).label("done"),
    ).where(job.batch_id == batch_id)
    async with db.connect() as conn:
        row = (await conn.execute(ended)).one()
    if row.done != row.ended or not row.done:
        raise SystemExit(f"{row.done} of {row.ended} jobs ended as {wanted}")
    return int(row.done)


async def _fill(db: Database, yard: Yard, movies: list[Movie], mode: ExecutionMode) -> UUID:
    """Queue them as the engine does, with the scores of the preview; answers the batch."""
    async with db.begin() as tx:
        scores = await _scores(tx)
        jobs = [_job(yard, movie, scores[movie.external_id], mode) for movie in movies]
        now = real_now()
        batch = await open_batch(tx, None, now)
        await enqueue_jobs(tx, jobs, batch=batch, source="engine", now=now, delay_s=_DELAY_S)
    return batch.id


async def _scores(tx: AsyncConnection) -> dict[str, float]:
    scored = m.PreviewItem
    rows = await tx.execute(
        select(m.MediaItem.external_id, scored.score).join(scored, scored.item_id == m.MediaItem.id)
    )
    return {row.external_id: row.score for row in rows}


def _job(yard: Yard, movie: Movie, score: float, mode: ExecutionMode) -> NewJob:
    is_simulated = mode is ExecutionMode.DRY_RUN
    return NewJob(
        integration_id=yard.integration_id,
        media_type=MediaType.MOVIE,
        external_id=movie.external_id,
        title=movie.title,
        path=movie.path,
        size_bytes=MOVIE_BYTES,
        score=score,
        trigger=Trigger.ENGINE,
        disk_group_id=yard.group_id,
        enqueued_mode=mode,
        force_dry_run=is_simulated,
        upsert_audit=is_simulated,
        fingerprint={"title": movie.title, "path": movie.path, "sizeBytes": MOVIE_BYTES},
    )


_COLUMNS = (
    "jobs", "done", "how", "jobs/s", "statements a job", "calls a job", "deleter, CPU ms a job",
    "Postgres, CPU ms a job", "idle, MiB", "peak, MiB", "plain way, jobs/s", "times",
)  # fmt: skip
HEAD = (f"| {' | '.join(_COLUMNS)} |", f"|{'---|' * len(_COLUMNS)}")


def row(name: str, one: Drain) -> str:
    """One line of the table."""
    cpu, database_cpu = one.cpu_s / one.done * 1000, one.database_cpu_s / one.done * 1000
    cells = (
        f"{one.jobs:,}", f"{one.done:,}", name, f"{one.per_second:,.1f}", f"{one.statements / one.done:.2f}",
        f"{one.calls / one.done:.2f}",
        f"{cpu:.2f}", f"{database_cpu:.2f}", f"{one.idle_mib:.0f}", f"{one.peak_mib:.0f}",
        f"{1 / one.plain_s:,.1f}", f"{one.times:.2f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"
