"""Disks: what the upstreams report, the groups made of it, and their history."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId, Word, one_of
from libs.common.domain.enums import ExecutionMode, HistoryResolution


class DiskReading(Base):
    """The newest reading of one path by one integration. Sync replaces all rows of an integration together."""

    __tablename__ = "disk_readings"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    total_bytes: Mapped[int]
    free_bytes: Mapped[int]
    read_at: Mapped[datetime]


class RootFolder(Base):
    """A folder in which an upstream keeps media; `accessible` false forbids deletions below it (S-22)."""

    __tablename__ = "root_folders"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    accessible: Mapped[bool | None] = mapped_column(comment="null = the upstream did not say")
    free_bytes: Mapped[int | None]
    read_at: Mapped[datetime]


class DiskGroup(Base):
    """One mount. Thresholds and mode are the api's, sizes and staleness sync's, the breach the engine's."""

    __tablename__ = "disk_groups"
    __table_args__ = (
        one_of("mode", ExecutionMode),
        CheckConstraint("threshold_pct between 1 and 99 and target_pct between 1 and 99", name="percentages"),
        CheckConstraint("target_pct < threshold_pct", name="target_below_threshold"),
        CheckConstraint(
            "sunset_pct is null or (sunset_pct > 0 and sunset_pct < target_pct)", name="sunset_below_target"
        ),
        CheckConstraint("mode <> 'sunset' or sunset_pct is not null", name="sunset_has_threshold"),
        CheckConstraint("total_bytes_override is null or total_bytes_override > 0", name="override"),
        CheckConstraint("total_bytes >= 0 and used_bytes >= 0", name="sizes"),
    )

    id: Mapped[BigId]
    mount_path: Mapped[str] = mapped_column(unique=True)
    total_bytes: Mapped[int] = mapped_column(server_default="0")
    used_bytes: Mapped[int] = mapped_column(server_default="0")
    total_bytes_override: Mapped[int | None]
    threshold_pct: Mapped[float] = mapped_column(Double, server_default="85")
    target_pct: Mapped[float] = mapped_column(Double, server_default="75")
    mode: Mapped[ExecutionMode] = mapped_column(Word(ExecutionMode), server_default="dry-run")
    sunset_pct: Mapped[float | None] = mapped_column(Double)
    stale_since: Mapped[datetime | None]
    read_at: Mapped[datetime | None] = mapped_column(comment="time of the reading behind the sizes; null = unknown")
    discovered_in_run: Mapped[int | None] = mapped_column(comment="creates no jobs in that run (D2)")
    breached_since: Mapped[datetime | None]
    breach_announced_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DiskGroupIntegration(Base):
    __tablename__ = "disk_group_integrations"

    disk_group_id: Mapped[int] = mapped_column(ForeignKey("disk_groups.id", ondelete="CASCADE"), primary_key=True)
    integration_id: Mapped[int] = mapped_column(
        ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class LibraryHistory(Base):
    """A point of a disk's usage. Partitioned by month of `timestamp`."""

    __tablename__ = "library_history"
    __table_args__ = (
        one_of("resolution", HistoryResolution),
        Index(None, "disk_group_id", "resolution", "timestamp", unique=True, postgresql_nulls_not_distinct=True),
        {"postgresql_partition_by": "RANGE (timestamp)"},
    )

    id: Mapped[BigId]
    timestamp: Mapped[datetime] = mapped_column(primary_key=True)
    total_capacity: Mapped[int]
    used_capacity: Mapped[int]
    resolution: Mapped[HistoryResolution] = mapped_column(Word(HistoryResolution))
    disk_group_id: Mapped[int | None] = mapped_column(ForeignKey("disk_groups.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]


class RollupCheckpoint(Base):
    __tablename__ = "rollup_checkpoints"

    resolution: Mapped[HistoryResolution] = mapped_column(Word(HistoryResolution), primary_key=True)
    last_completed: Mapped[datetime]
