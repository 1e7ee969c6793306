"""The three queues. A row passes through several hands; design.md 3 lists who may move which."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, SmallInteger, Text, desc, false, true
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId, Word, one_of
from libs.common.domain.enums import (
    ACTIVE_JOB_STATES,
    ApprovalStatus,
    ExecutionMode,
    JobState,
    MediaType,
    SunsetStatus,
    Trigger,
)

_ACTIVE = ", ".join(f"'{state.value}'" for state in ACTIVE_JOB_STATES)
_QUEUE_TRIGGERS = (Trigger.ENGINE, Trigger.USER)


class ApprovalItem(Base):
    """A candidate that waits for a person. `rejected` with `snoozed_until` is a snooze."""

    __tablename__ = "approval_queue"
    __table_args__ = (
        one_of("status", ApprovalStatus),
        one_of("trigger", _QUEUE_TRIGGERS),
        one_of("media_type", MediaType),
        CheckConstraint("snoozed_until is null or status = 'rejected'", name="only_rejected_snoozes"),
        Index(
            "uq_approval_queue_active",
            "integration_id",
            "external_id",
            unique=True,
            postgresql_where="status in ('pending', 'approved')",
        ),
        Index(
            "uq_approval_queue_snoozed",
            "integration_id",
            "external_id",
            unique=True,
            postgresql_where="status = 'rejected'",
        ),
        Index(None, "status", "disk_group_id"),
        Index(None, "collection_group", postgresql_where="collection_group <> ''"),
    )

    id: Mapped[BigId]
    media_name: Mapped[str]
    media_type: Mapped[MediaType] = mapped_column(Word(MediaType))
    score_details: Mapped[str] = mapped_column(Text, server_default="[]")
    size_bytes: Mapped[int] = mapped_column(server_default="0")
    score: Mapped[float] = mapped_column(Double, server_default="0")
    poster_url: Mapped[str] = mapped_column(server_default="")
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    disk_group_id: Mapped[int | None] = mapped_column(ForeignKey("disk_groups.id", ondelete="SET NULL"))
    run_id: Mapped[int | None]
    status: Mapped[ApprovalStatus] = mapped_column(Word(ApprovalStatus), server_default="pending")
    trigger: Mapped[Trigger] = mapped_column(Word(Trigger), server_default="engine")
    user_initiated: Mapped[bool] = mapped_column(server_default=false())
    collection_group: Mapped[str] = mapped_column(server_default="")
    snoozed_until: Mapped[datetime | None]
    fingerprint: Mapped[dict[str, Any] | None] = mapped_column(comment="the facts the decision rests on (S-26)")
    last_error: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int] = mapped_column(server_default="1", comment="raised by every change: two people, one row")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DeletionBatch(Base):
    """The jobs that are reported together: those of one run, or of one request by a person."""

    __tablename__ = "deletion_batches"
    __table_args__ = (Index(None, "created_at", postgresql_where="completed_at is null"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[int | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class DeletionJob(Base):
    """One durable deletion. A target has at most one active job; the state says who may do what next."""

    __tablename__ = "deletion_jobs"
    __table_args__ = (
        one_of("state", JobState),
        one_of("trigger", Trigger),
        one_of("media_type", MediaType),
        one_of("enqueued_mode", ExecutionMode),
        CheckConstraint("external_id <> '' and size_bytes >= 0", name="complete"),
        Index(
            "uq_deletion_jobs_active",
            "integration_id",
            "external_id",
            unique=True,
            postgresql_where=f"state in ({_ACTIVE})",
        ),
        Index(
            "ix_deletion_jobs_order",
            "integration_id",
            desc("score"),
            "created_at",
            "id",
            postgresql_where="state = 'waiting'",
        ),
        Index(None, "not_before", postgresql_where="state = 'waiting'"),
        Index(
            "ix_deletion_jobs_collections_waiting",
            "not_before",
            postgresql_where="state = 'waiting' and collection_group <> ''",
        ),
        Index(
            "ix_deletion_jobs_line",
            "disk_group_id",
            "score",
            postgresql_where="trigger = 'engine' and enqueued_mode = 'auto'"
            " and state not in ('cancelled', 'failed', 'simulated')",
        ),
        Index(
            "ix_deletion_jobs_under_way",
            "integration_id",
            postgresql_where="state in ('claimed', 'deleting', 'verifying')",
        ),
        Index(None, "batch_id"),
        Index(None, "batch_id", "collection_group", postgresql_where="collection_group <> ''"),
        Index(None, "disk_group_id", postgresql_where=f"state in ({_ACTIVE})"),
        Index(None, "integration_id", "started_at", postgresql_where="started_at is not null"),
        Index(None, "disk_group_id", "finished_at", postgresql_where="state = 'deleted'"),
        Index(
            "ix_deletion_jobs_dead",
            "finished_at",
            "id",
            postgresql_where="state = 'failed' and dismissed_at is null",
        ),
    )

    id: Mapped[BigId]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("deletion_batches.id", ondelete="CASCADE"))
    run_id: Mapped[int | None]
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    media_type: Mapped[MediaType] = mapped_column(Word(MediaType))
    external_id: Mapped[str]
    title: Mapped[str]
    size_bytes: Mapped[int]
    path: Mapped[str] = mapped_column(server_default="")
    poster_url: Mapped[str] = mapped_column(server_default="")
    score: Mapped[float] = mapped_column(Double, server_default="0")
    score_details: Mapped[str] = mapped_column(Text, server_default="[]")
    trigger: Mapped[Trigger] = mapped_column(Word(Trigger))
    disk_group_id: Mapped[int | None] = mapped_column(ForeignKey("disk_groups.id", ondelete="SET NULL"))
    enqueued_mode: Mapped[ExecutionMode] = mapped_column(Word(ExecutionMode))
    force_dry_run: Mapped[bool] = mapped_column(server_default=true(), comment="true unless someone said otherwise")
    upsert_audit: Mapped[bool] = mapped_column(server_default=false())
    add_import_exclusion: Mapped[bool] = mapped_column(server_default=true())
    collection_group: Mapped[str] = mapped_column(server_default="")
    approval_id: Mapped[int | None]
    sunset_id: Mapped[int | None]
    fingerprint: Mapped[dict[str, Any] | None] = mapped_column(comment="the facts the decision rests on (S-26)")
    evidence: Mapped[dict[str, Any] | None] = mapped_column(comment="who told those facts and when; kept by the audit")
    state: Mapped[JobState] = mapped_column(Word(JobState), server_default="waiting")
    not_before: Mapped[datetime] = mapped_column(comment="business time before which nobody may claim it")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    last_error: Mapped[str] = mapped_column(server_default="")
    last_error_class: Mapped[str] = mapped_column(server_default="")
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(comment="real time of the database")
    fence: Mapped[int] = mapped_column(server_default="0", comment="raised by every claim; a stale one cannot write")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None] = mapped_column(comment="when the first upstream write was announced")
    finished_at: Mapped[datetime | None]
    freed_confirmed_at: Mapped[datetime | None] = mapped_column(comment="a later disk reading has seen the space")
    dismissed_at: Mapped[datetime | None] = mapped_column(comment="a person has dealt with its failure")


class DepartedItem(Base):
    """An item that we deleted, and by what it is recognised if it comes back (S-18).

    Written by the deleter, when it announces the call and when the item is gone; its return is noted by sync.
    """

    __tablename__ = "departed_items"
    __table_args__ = (one_of("media_type", MediaType),)

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[MediaType] = mapped_column(Word(MediaType))
    season_number: Mapped[int | None]
    tmdb_id: Mapped[int | None]
    tvdb_id: Mapped[int | None]
    mb_id: Mapped[str | None]
    foreign_book_id: Mapped[str | None]
    announced_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(comment="null: it is not known to be gone")
    returned_at: Mapped[datetime | None]
    returned_as: Mapped[str | None] = mapped_column(comment="the external id it has since")


class SunsetItem(Base):
    """An item in the countdown."""

    __tablename__ = "sunset_queue"
    __table_args__ = (
        one_of("status", SunsetStatus),
        one_of("trigger", _QUEUE_TRIGGERS),
        one_of("media_type", MediaType),
        Index("uq_sunset_queue_target", "integration_id", "external_id", unique=True),
        Index(None, "disk_group_id", "status", "deletion_date"),
    )

    id: Mapped[BigId]
    media_name: Mapped[str]
    media_type: Mapped[MediaType] = mapped_column(Word(MediaType))
    tmdb_id: Mapped[int | None]
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(server_default="0")
    score: Mapped[float] = mapped_column(Double, server_default="0", comment="at queue time")
    score_details: Mapped[str] = mapped_column(Text, server_default="[]")
    poster_url: Mapped[str] = mapped_column(server_default="")
    disk_group_id: Mapped[int] = mapped_column(ForeignKey("disk_groups.id", ondelete="CASCADE"))
    collection_group: Mapped[str] = mapped_column(server_default="")
    trigger: Mapped[Trigger] = mapped_column(Word(Trigger), server_default="engine")
    deletion_date: Mapped[date]
    label_applied: Mapped[bool] = mapped_column(server_default=false())
    poster_overlay_active: Mapped[bool] = mapped_column(server_default=false())
    status: Mapped[SunsetStatus] = mapped_column(Word(SunsetStatus), server_default="pending")
    saved_at: Mapped[datetime | None]
    saved_score: Mapped[float | None] = mapped_column(Double)
    saved_reason: Mapped[str | None]
    expired_at: Mapped[datetime | None]
    fingerprint: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
