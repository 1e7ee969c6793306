"""What the engine decided: runs, scored previews, holds. A person releases breakers through the api."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    REAL,
    CheckConstraint,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId, Word, one_of
from libs.common.domain.enums import ExecutionMode, HoldCode, HoldScope, RunState, RunTrigger


class EngineRun(Base):
    """One pass of the engine. At most one row is queued and one is running; both are enforced here."""

    __tablename__ = "engine_runs"
    __table_args__ = (
        one_of("state", RunState),
        one_of("trigger", RunTrigger),
        one_of("execution_mode", ExecutionMode),
        Index("uq_engine_runs_queued", "state", unique=True, postgresql_where="state = 'queued'"),
        Index("uq_engine_runs_running", "state", unique=True, postgresql_where="state = 'running'"),
        Index(None, "run_at"),
    )

    id: Mapped[BigId]
    state: Mapped[RunState] = mapped_column(Word(RunState))
    trigger: Mapped[RunTrigger] = mapped_column(Word(RunTrigger))
    requested_at: Mapped[datetime]
    run_at: Mapped[datetime | None] = mapped_column(comment="start; null while queued")
    completed_at: Mapped[datetime | None]
    evaluated: Mapped[int] = mapped_column(server_default="0")
    candidates: Mapped[int] = mapped_column(server_default="0")
    queued: Mapped[int] = mapped_column(server_default="0")
    deleted: Mapped[int] = mapped_column(server_default="0", comment="grows while the run's jobs execute (deleter)")
    freed_bytes: Mapped[int] = mapped_column(server_default="0", comment="dry-run, approval: potential; real: executed")
    protected: Mapped[int] = mapped_column(server_default="0")
    execution_mode: Mapped[ExecutionMode] = mapped_column(Word(ExecutionMode), server_default="dry-run")
    disk_group_modes: Mapped[dict[str, Any] | None]
    duration_ms: Mapped[int] = mapped_column(server_default="0")
    error_message: Mapped[str] = mapped_column(server_default="")
    fence: Mapped[int | None] = mapped_column(comment="fencing token of the lease under which it runs")


class EngineRunGroup(Base):
    """What a run did with one disk group: the source of digests and of the group's explanation."""

    __tablename__ = "engine_run_groups"

    run_id: Mapped[int] = mapped_column(ForeignKey("engine_runs.id", ondelete="CASCADE"), primary_key=True)
    disk_group_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mount_path: Mapped[str]
    mode: Mapped[ExecutionMode] = mapped_column(Word(ExecutionMode))
    used_pct: Mapped[float] = mapped_column(Double)
    threshold_pct: Mapped[float] = mapped_column(Double)
    target_pct: Mapped[float] = mapped_column(Double)
    bytes_to_free: Mapped[int]
    bytes_in_flight: Mapped[int] = mapped_column(server_default="0")
    evaluated: Mapped[int]
    protected: Mapped[int]
    held: Mapped[int] = mapped_column(server_default="0")
    candidates: Mapped[int]
    queued: Mapped[int]
    freed_bytes: Mapped[int]
    held_code: Mapped[str] = mapped_column(server_default="", comment="why nothing was dispatched, if a hold was it")
    used_bytes: Mapped[int | None] = mapped_column(comment="of the reading this was decided by")
    catalogue_bytes: Mapped[int | None] = mapped_column(comment="of all items on the group at that time")


class Hold(Base):
    """A disk group or source that is held back. Breakers end by a person; other holds when their cause is gone."""

    __tablename__ = "holds"
    __table_args__ = (
        one_of("scope", HoldScope),
        one_of("code", HoldCode),
        CheckConstraint("(scope = 'disk_group') = (disk_group_id is not null)", name="scope_has_its_id"),
        Index(
            "uq_holds_open",
            "code",
            "disk_group_id",
            "integration_id",
            unique=True,
            postgresql_where="released_at is null",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[BigId]
    scope: Mapped[HoldScope] = mapped_column(Word(HoldScope))
    code: Mapped[HoldCode] = mapped_column(Word(HoldCode))
    message: Mapped[str]
    breaker: Mapped[bool] = mapped_column(server_default=false())
    disk_group_id: Mapped[int | None] = mapped_column(ForeignKey("disk_groups.id", ondelete="CASCADE"))
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    run_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None] = mapped_column(comment="username; null = the cause went away")


class Preview(Base):
    """One scoring of the whole catalogue, with the weights and rules that were in force."""

    __tablename__ = "previews"

    id: Mapped[BigId]
    run_id: Mapped[int | None]
    created_at: Mapped[datetime]
    item_count: Mapped[int]
    protected_count: Mapped[int]
    weights: Mapped[dict[str, Any]]
    rules: Mapped[dict[str, Any]] = mapped_column(comment="{list: [...]} in rule order; bit n of an item = rule n")
    skipped: Mapped[dict[str, Any]] = mapped_column(server_default="{}", comment="factor key to reason")


class PreviewItem(Base):
    """One scored item in fixed-width columns, a partition a preview; NaN where a factor takes no part."""

    __tablename__ = "preview_items"
    __table_args__ = (PrimaryKeyConstraint("preview_id", "item_id"), {"postgresql_partition_by": "LIST (preview_id)"})

    preview_id: Mapped[int]
    item_id: Mapped[int]
    rank: Mapped[int]
    score: Mapped[float] = mapped_column(Double)
    modifier: Mapped[float] = mapped_column(Double)
    protected: Mapped[bool]
    in_doubt: Mapped[bool] = mapped_column(
        server_default=false(), comment="too little is known to delete it without asking"
    )
    rule_bits: Mapped[int]
    watch_history: Mapped[float] = mapped_column(REAL)
    last_watched: Mapped[float] = mapped_column(REAL)
    file_size: Mapped[float] = mapped_column(REAL)
    rating: Mapped[float] = mapped_column(REAL)
    time_in_library: Mapped[float] = mapped_column(REAL)
    series_status: Mapped[float] = mapped_column(REAL)
    request_popularity: Mapped[float] = mapped_column(REAL)


class PreviewState(Base):
    """Which preview is current, and whether its rendered body still tells the truth (single row, id 1)."""

    __tablename__ = "preview_state"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, server_default="1")
    preview_id: Mapped[int | None]
    wanted_revision: Mapped[int] = mapped_column(server_default="0", comment="raised by whoever changes what it shows")
    rendered_revision: Mapped[int] = mapped_column(server_default="0")
    wanted_scoring: Mapped[int] = mapped_column(server_default="0", comment="raised by changes that need new scores")
    scored_scoring: Mapped[int] = mapped_column(server_default="0")


class PreviewBody(Base):
    """One encoding of the rendered `/preview` list. Not logged, nor are its parts: a crash costs a rendering.

    `identity` has no parts: it is unpacked from those of `gzip`.
    """

    __tablename__ = "preview_bodies"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    preview_id: Mapped[int] = mapped_column(ForeignKey("previews.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    encoding: Mapped[str] = mapped_column(primary_key=True)
    etag: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(comment="of the whole body in this encoding")


class PreviewPart(Base):
    """A piece of a body; in the order of `part` they are the whole. Those of `gzip` can each be read alone."""

    __tablename__ = "preview_parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["preview_id", "revision", "encoding"],
            ["preview_bodies.preview_id", "preview_bodies.revision", "preview_bodies.encoding"],
            ondelete="CASCADE",
        ),
        {"prefixes": ["UNLOGGED"]},
    )

    preview_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    encoding: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="-1: head, then from 0")
    body: Mapped[bytes] = mapped_column(LargeBinary)
