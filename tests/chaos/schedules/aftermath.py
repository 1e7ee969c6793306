"""What is there once a schedule is over and everything has come to rest: the facts that are judged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text

from libs.common.db import Database
from libs.simulator.ledger import Entry
from tests.chaos.schedules.journal import Move, read_journal
from tests.harness.system import RunningSystem


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it ended."""

    id: int
    integration_id: int
    external_id: str
    size_bytes: int
    run_id: int | None
    trigger: str
    state: str
    last_error_class: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run: what its row counts, and what its disk groups were told to free. `simulated_bytes` freed nothing."""

    id: int
    deleted: int
    freed_bytes: int
    bytes_to_free: int
    simulated_bytes: int


@dataclass(frozen=True, slots=True)
class Told:
    """How often something was told, and how often the feed shows it. `batch` is empty for deletions."""

    type: str
    batch: str
    events: int
    fed: int


@dataclass(frozen=True, slots=True)
class Library:
    """What was in the upstreams when the schedule began. `young_files` and `kept` are by instance.

    `collections`: instance and external id of the members by the name of what has to go whole.
    """

    total_bytes: int
    used_bytes: int
    young_files: frozenset[tuple[str, int]]
    kept: frozenset[tuple[str, str]]
    collections: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """`instances`: key of the simulated instance by integration id. `told`: the events of batches and deletions.

    `audit`: how many entries say that a target was deleted, `lifetime`: items and bytes. `open_batches` were never
    completed, `approved` entries have neither been executed nor returned.
    """

    library: Library
    instances: dict[int, str]
    ledger: Sequence[Entry]
    moves: Sequence[Move]
    jobs: Sequence[JobRow]
    runs: Sequence[RunRow]
    audit: Counter[tuple[str, str]]
    lifetime: tuple[int, int]
    batches: Sequence[str]
    open_batches: Sequence[str]
    told: Sequence[Told]
    approved: Sequence[str]


_JOBS = (
    "select id, integration_id, external_id, size_bytes, run_id, trigger, state, last_error_class from deletion_jobs"
)
_RUNS = """
    select r.id, r.deleted, r.freed_bytes, coalesce(sum(g.bytes_to_free), 0)::bigint,
           coalesce(sum(g.freed_bytes) filter (where g.mode <> 'auto'), 0)::bigint
      from engine_runs r left join engine_run_groups g on g.run_id = r.id group by r.id
"""
_BATCHES = "select id::text, completed_at is null from deletion_batches"
_TOLD = """
    select o.type, coalesce(b.id::text, ''), count(distinct o.id), count(a.id)
      from outbox o
      left join deletion_batches b on b.id = o.batch_id and o.type = 'deletion_batch_complete'
      left join activity_events a on a.event_uuid = o.id
     where (o.type = 'deletion_success' and o.created_at >= :began_at) or b.id is not null
     group by 1, 2
"""
"""Batches by their ids, because the outbox remembers earlier schedules; one of this may have ended before it began."""

_APPROVED = "select external_id from approval_queue where status = 'approved'"
_AUDIT = "select integration_id, external_id from audit_log where action = 'deleted'"


async def aftermath_of(
    system: RunningSystem,
    db: Database,
    library: Library,
    instances: dict[int, str],
    ledger: Sequence[Entry],
    began_at: datetime,
) -> Aftermath:
    """Read everything, over REST where an owner would look there. `began_at`: real time."""
    lifetime = await system.get("/lifetime-stats")
    async with db.connect() as conn:
        jobs = [JobRow(*row) for row in await conn.execute(text(_JOBS))]
        runs = [RunRow(*row) for row in await conn.execute(text(_RUNS))]
        batches = [(str(row[0]), bool(row[1])) for row in await conn.execute(text(_BATCHES))]
        told = [Told(*row) for row in await conn.execute(text(_TOLD), {"began_at": began_at})]
        approved = [str(row[0]) for row in await conn.execute(text(_APPROVED))]
        audited = [(instances.get(row[0], ""), str(row[1])) for row in await conn.execute(text(_AUDIT))]
    return Aftermath(
        library=library,
        instances=instances,
        ledger=ledger,
        moves=await read_journal(db),
        jobs=jobs,
        runs=runs,
        audit=Counter(audited),
        lifetime=(lifetime["totalItemsRemoved"], lifetime["totalBytesReclaimed"]),
        batches=[batch for batch, _ in batches],
        open_batches=[batch for batch, is_open in batches if is_open],
        told=told,
        approved=approved,
    )
