"""What the database itself says about jobs: a trigger keeps every change of state, with the real time it was made at.

A job's `deleting` is the announcement of its delete call: no call is made before it, so a change that was acknowledged
before it must have been heeded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from libs.common.db import Database

_INSTALL = """
create schema if not exists chaos;
create table if not exists chaos.moves (
    seq bigserial, at timestamptz not null, job_id bigint not null, integration_id int not null,
    external_id text not null, title text not null, size_bytes bigint not null, run_id bigint, trigger text not null,
    enqueued_mode text not null, force_dry_run boolean not null, state text not null, started_at timestamptz,
    batch_id text not null, collection_group text not null,
    created_at timestamptz not null
);
create or replace function chaos.note() returns trigger language plpgsql as $$
begin
    insert into chaos.moves (at, job_id, integration_id, external_id, title, size_bytes, run_id, trigger,
                             enqueued_mode, force_dry_run, state, started_at, batch_id,
                             collection_group, created_at)
    values (clock_timestamp(), new.id, new.integration_id, new.external_id, new.title, new.size_bytes, new.run_id,
            new.trigger, new.enqueued_mode, new.force_dry_run, new.state, new.started_at,
            new.batch_id::text, new.collection_group, new.created_at);
    return null;
end $$;
create or replace trigger chaos_inserted after insert on deletion_jobs for each row execute function chaos.note();
create or replace trigger chaos_moved after update on deletion_jobs for each row
    when (old.state is distinct from new.state) execute function chaos.note();
"""


@dataclass(frozen=True, slots=True)
class Move:
    """A job came, or changed its state. `at` is real time, `started_at` and `created_at` the business times of its
    announcement and of its queueing.
    """

    at: datetime
    job_id: int
    integration_id: int
    external_id: str
    title: str
    size_bytes: int
    run_id: int | None
    trigger: str
    enqueued_mode: str
    force_dry_run: bool
    state: str
    started_at: datetime | None
    batch_id: str = ""
    collection_group: str = ""
    created_at: datetime | None = None

    @property
    def is_announcement(self) -> bool:
        """Whether a delete call may follow."""
        return self.state == "deleting"

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S.%f}  job {self.job_id:<5} {self.state:<10} {self.title} ({self.external_id})"


async def install_journal(db: Database) -> None:
    """Keep a journal in this database from now on."""
    async with db.begin() as tx:
        for statement in _statements():
            await tx.execute(text(statement))


async def begin_journal_anew(db: Database) -> None:
    """Forget what earlier schedules did."""
    async with db.begin() as tx:
        await tx.execute(text("truncate chaos.moves"))


async def read_journal(db: Database) -> Sequence[Move]:
    """All moves, oldest first."""
    async with db.connect() as conn:
        rows = await conn.execute(
            text(
                "select at, job_id, integration_id, external_id, title, size_bytes, run_id, trigger, enqueued_mode,"
                " force_dry_run, state, started_at, batch_id, collection_group, created_at"
                " from chaos.moves order by seq"
            )
        )
        return [Move(*row) for row in rows]


def _statements() -> list[str]:
    """One by one, because the driver prepares them; the function's body holds semicolons of its own."""
    head, _, rest = _INSTALL.partition("create or replace function")
    function, end, triggers = rest.partition("end $$;")
    pieces = [*head.split(";"), f"create or replace function{function}{end.removesuffix(';')}", *triggers.split(";")]
    return [piece for piece in pieces if piece.strip()]
