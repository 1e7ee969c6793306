"""What happened, for good: the audit log, lifetime counters and the activity feed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, SmallInteger, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId, CreatedAt, Word, one_of
from libs.common.domain.enums import AuditAction, DryRunReason, MediaType, Trigger


class AuditEntry(Base):
    """One deletion, simulation or cancellation. Append-only; only an engine simulation replaces its former one."""

    __tablename__ = "audit_log"
    __table_args__ = (
        one_of("action", AuditAction),
        one_of("trigger", Trigger),
        one_of("dry_run_reason", DryRunReason),
        one_of("media_type", MediaType),
        Index(None, "created_at", "id"),
        Index(None, "action", "created_at"),
        Index(
            "uq_audit_log_simulation",
            "integration_id",
            "external_id",
            unique=True,
            postgresql_where="replaces_simulation",
        ),
        Index("uq_audit_log_job", "job_id", unique=True, postgresql_where="job_id is not null"),
    )

    id: Mapped[BigId]
    media_name: Mapped[str]
    media_type: Mapped[MediaType] = mapped_column(Word(MediaType))
    external_id: Mapped[str]
    score_details: Mapped[str] = mapped_column(Text, server_default="[]")
    action: Mapped[AuditAction] = mapped_column(Word(AuditAction))
    size_bytes: Mapped[int] = mapped_column(server_default="0")
    score: Mapped[float] = mapped_column(Double, server_default="0")
    trigger: Mapped[Trigger] = mapped_column(Word(Trigger))
    dry_run_reason: Mapped[DryRunReason] = mapped_column(Word(DryRunReason), server_default="")
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integrations.id", ondelete="SET NULL"))
    disk_group_id: Mapped[int | None] = mapped_column(ForeignKey("disk_groups.id", ondelete="SET NULL"))
    collection_group: Mapped[str] = mapped_column(server_default="")
    run_id: Mapped[int | None]
    job_id: Mapped[int | None] = mapped_column(comment="one entry per job, whatever is redelivered")
    reason: Mapped[str] = mapped_column(server_default="", comment="one sentence: why this happened")
    evidence: Mapped[dict[str, Any] | None]
    replaces_simulation: Mapped[bool] = mapped_column(
        server_default=false(), comment="engine dry-run, upserted by item"
    )
    created_at: Mapped[datetime]


class LifetimeStats(Base):
    """Counters that survive a data reset (single row). The run counter is the engine's, the others the deleter's."""

    __tablename__ = "lifetime_stats"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, server_default="1")
    total_bytes_reclaimed: Mapped[int] = mapped_column(server_default="0")
    total_items_removed: Mapped[int] = mapped_column(server_default="0")
    total_engine_runs: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class ActivityEvent(Base):
    """A durable event as the feed shows it. Partitioned by month; `created_at` is the event's own time."""

    __tablename__ = "activity_events"
    __table_args__ = (
        Index(None, "event_uuid", "created_at", unique=True),
        Index(None, "event_type"),
        Index(None, "created_at", "id"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[BigId]
    event_uuid: Mapped[UUID]
    stream_seq: Mapped[int]
    event_type: Mapped[str]
    message: Mapped[str]
    details: Mapped[str] = mapped_column("metadata", Text)
    created_at: Mapped[datetime] = mapped_column(primary_key=True)
