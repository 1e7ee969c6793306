"""The upstream systems: what the api configured, and what sync found out about their health and their reads."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, false, true
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId, Word, one_of
from libs.common.domain.enums import IntegrationType, SnapshotState


class Integration(Base):
    """One upstream system. Columns up to `removed_at` belong to the api, the others to sync."""

    __tablename__ = "integrations"
    __table_args__ = (
        one_of("type", IntegrationType),
        CheckConstraint("name <> '' and url <> ''", name="named"),
        CheckConstraint("deletions_per_minute > 0", name="pace"),
    )

    id: Mapped[BigId]
    type: Mapped[IntegrationType] = mapped_column(Word(IntegrationType))
    name: Mapped[str]
    url: Mapped[str]
    api_key: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by SecretBox")
    enabled: Mapped[bool] = mapped_column(server_default=true())
    library_id: Mapped[int | None]
    collection_deletion: Mapped[bool] = mapped_column(server_default=false())
    show_level_only: Mapped[bool] = mapped_column(server_default=false())
    add_import_exclusion: Mapped[bool] = mapped_column(server_default=true())
    verify_tls: Mapped[bool] = mapped_column(server_default=true())
    ca_bundle: Mapped[str | None]
    deletions_per_minute: Mapped[int] = mapped_column(server_default="60")
    removed_at: Mapped[datetime | None] = mapped_column(comment="hidden at once; the row goes after the clean-up")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    media_size_bytes: Mapped[int] = mapped_column(server_default="0")
    media_count: Mapped[int] = mapped_column(server_default="0")
    last_sync: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(server_default="")
    last_error_class: Mapped[str] = mapped_column(server_default="")
    consecutive_failures: Mapped[int] = mapped_column(server_default="0")
    down_announced_at: Mapped[datetime | None]
    next_probe_at: Mapped[datetime | None]
    app_version: Mapped[str | None]
    server_identity: Mapped[str | None]
    recycle_bin: Mapped[str | None] = mapped_column(comment="path of the upstream's recycle bin; null = not known")
    recycle_bin_days: Mapped[int | None] = mapped_column(SmallInteger, comment="until it is emptied; 0 = never")


class Snapshot(Base):
    """One read of one source: asked for by the engine or a timer, carried out by sync, and either whole or nothing."""

    __tablename__ = "snapshots"
    __table_args__ = (
        one_of("state", SnapshotState),
        Index(
            "uq_snapshots_open",
            "integration_id",
            "capability",
            unique=True,
            postgresql_where="state in ('requested', 'reading')",
        ),
        Index(None, "integration_id", "capability", "completed_at"),
    )

    id: Mapped[BigId]
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    capability: Mapped[str] = mapped_column(server_default="media")
    run_id: Mapped[int | None] = mapped_column(index=True, comment="the run that asked for it first")
    state: Mapped[SnapshotState] = mapped_column(Word(SnapshotState), server_default="requested")
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None] = mapped_column(comment="business time of a complete read")
    rows_read: Mapped[int | None]
    rows_declared: Mapped[int | None] = mapped_column(comment="what the upstream said it has; null = it does not say")
    error_class: Mapped[str] = mapped_column(server_default="")
    error: Mapped[str] = mapped_column(server_default="")
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
