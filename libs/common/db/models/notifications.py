"""Where messages for people go. Channels belong to the api, digests and deliveries to the notifier."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, true
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId, Word, one_of
from libs.common.domain.enums import ChannelType, NotificationLevel


class NotificationChannel(Base):
    """A null override follows the level; true always, false never."""

    __tablename__ = "notification_channels"
    __table_args__ = (one_of("type", ChannelType), one_of("notification_level", NotificationLevel))

    id: Mapped[BigId]
    type: Mapped[ChannelType] = mapped_column(Word(ChannelType))
    name: Mapped[str]
    webhook_url: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by SecretBox")
    apprise_tags: Mapped[str] = mapped_column(server_default="")
    enabled: Mapped[bool] = mapped_column(server_default=true())
    notification_level: Mapped[NotificationLevel] = mapped_column(Word(NotificationLevel), server_default="normal")
    override_cycle_digest: Mapped[bool | None]
    override_error: Mapped[bool | None]
    override_mode_changed: Mapped[bool | None]
    override_server_started: Mapped[bool | None]
    override_threshold_breach: Mapped[bool | None]
    override_update_available: Mapped[bool | None]
    override_approval_activity: Mapped[bool | None]
    override_integration_status: Mapped[bool | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DigestState(Base):
    """The two gates of a run's digest (events-notifications.md 6.2)."""

    __tablename__ = "digest_states"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opened_at: Mapped[datetime]
    run_facts: Mapped[dict[str, Any] | None]
    batch_facts: Mapped[dict[str, Any] | None]
    deadline_at: Mapped[datetime | None] = mapped_column(index=True)
    flushed_at: Mapped[datetime | None]


class NotificationDelivery(Base):
    """One message to one channel. Partitioned by month of `created_at`."""

    __tablename__ = "notification_deliveries"
    __table_args__ = (
        Index(None, "channel_id", "cause", "created_at", unique=True),
        Index(None, "next_attempt_at", postgresql_where="finished_at is null"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[BigId]
    channel_id: Mapped[int] = mapped_column(ForeignKey("notification_channels.id", ondelete="CASCADE"))
    cause: Mapped[UUID] = mapped_column(comment="the event or digest behind it; one delivery a channel")
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    next_attempt_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(primary_key=True)
    finished_at: Mapped[datetime | None]
