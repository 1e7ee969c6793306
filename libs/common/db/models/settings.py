"""What the owner chose: preferences, factor weights and rules. Written by the api."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, false, true
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId, CreatedAt, Word, one_of
from libs.common.domain.enums import (
    ExecutionMode,
    FactorKey,
    LogLevel,
    PosterOverlayStyle,
    RuleEffect,
    Tiebreaker,
)


class Preferences(Base):
    """The single row of preferences (id 1); the defaults are the safe ones."""

    __tablename__ = "preferences"
    __table_args__ = (
        CheckConstraint("id = 1", name="single_row"),
        CheckConstraint("poll_interval_seconds = 0 or poll_interval_seconds >= 60", name="poll_interval"),
        CheckConstraint("sunset_days between 1 and 365", name="sunset_days"),
        CheckConstraint("sunset_label <> '' and saved_label <> '' and sunset_label <> saved_label", name="labels"),
        CheckConstraint("snooze_duration_hours >= 1", name="snooze"),
        CheckConstraint("max_delete_pct_per_run between 1 and 100", name="max_delete_pct"),
        CheckConstraint(
            "evidence_min_weight_pct between 0 and 100 and source_shrink_pct between 0 and 100"
            " and convergence_pct between 0 and 100",
            name="safety_shares",
        ),
        CheckConstraint("evidence_max_age_hours between 1 and 8760", name="evidence_age"),
        CheckConstraint("min_file_age_days >= 0 and boomerang_days >= 0", name="safety_days"),
        one_of("log_level", LogLevel),
        one_of("default_disk_group_mode", ExecutionMode),
        one_of("tiebreaker_method", Tiebreaker),
        one_of("poster_overlay_style", PosterOverlayStyle),
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, server_default="1")
    log_level: Mapped[LogLevel] = mapped_column(Word(LogLevel), server_default="info")
    audit_log_retention_days: Mapped[int] = mapped_column(server_default="30")
    poll_interval_seconds: Mapped[int] = mapped_column(server_default="300")
    default_disk_group_mode: Mapped[ExecutionMode] = mapped_column(Word(ExecutionMode), server_default="dry-run")
    tiebreaker_method: Mapped[Tiebreaker] = mapped_column(Word(Tiebreaker), server_default="size_desc")
    deletions_enabled: Mapped[bool] = mapped_column(server_default=true())
    snooze_duration_hours: Mapped[int] = mapped_column(server_default="24")
    check_for_updates: Mapped[bool] = mapped_column(server_default=true())
    deletion_queue_delay_seconds: Mapped[int] = mapped_column(server_default="30")
    dead_content_min_days: Mapped[int] = mapped_column(server_default="90")
    stale_content_days: Mapped[int] = mapped_column(server_default="180")
    sunset_days: Mapped[int] = mapped_column(server_default="30")
    sunset_label: Mapped[str] = mapped_column(server_default="capacitarr-sunset")
    poster_overlay_style: Mapped[PosterOverlayStyle] = mapped_column(
        Word(PosterOverlayStyle), server_default="countdown"
    )
    sunset_rescore_enabled: Mapped[bool] = mapped_column(server_default=true())
    saved_duration_days: Mapped[int] = mapped_column(server_default="7")
    saved_label: Mapped[str] = mapped_column(server_default="capacitarr-saved")
    backup_retention_days: Mapped[int] = mapped_column(server_default="7")
    disk_group_grace_period_days: Mapped[int] = mapped_column(server_default="7")
    evidence_max_age_hours: Mapped[int] = mapped_column(server_default="48")
    evidence_min_weight_pct: Mapped[int] = mapped_column(server_default="60")
    min_file_age_days: Mapped[int] = mapped_column(server_default="7")
    max_delete_pct_per_run: Mapped[int] = mapped_column(server_default="30")
    source_shrink_pct: Mapped[int] = mapped_column(server_default="50")
    convergence_pct: Mapped[int] = mapped_column(server_default="50")
    unmonitor_seasons: Mapped[bool] = mapped_column(server_default=true())
    count_earlier_plays: Mapped[bool] = mapped_column(server_default=false())
    season_inherits_show_activity: Mapped[bool] = mapped_column(server_default=true())
    boomerang_days: Mapped[int] = mapped_column(server_default="30")
    refuse_while_playing: Mapped[bool] = mapped_column(server_default=true())
    updated_at: Mapped[CreatedAt]


class FactorWeight(Base):
    __tablename__ = "factor_weights"
    __table_args__ = (CheckConstraint("weight between 0 and 10", name="weight_range"),)

    factor_key: Mapped[FactorKey] = mapped_column(Word(FactorKey), primary_key=True)
    weight: Mapped[int]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class CustomRule(Base):
    __tablename__ = "custom_rules"
    __table_args__ = (one_of("effect", RuleEffect), Index(None, "sort_order", "id"))

    id: Mapped[BigId]
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), index=True)
    field: Mapped[str]
    operator: Mapped[str]
    value: Mapped[str]
    effect: Mapped[RuleEffect] = mapped_column(Word(RuleEffect))
    enabled: Mapped[bool] = mapped_column(server_default=true())
    sort_order: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
