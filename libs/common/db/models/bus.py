"""What belongs to everyone: events on their way out, and the right to run something."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId


class Outbox(Base):
    """An event, written in the transaction of its change. The relay publishes in `seq` order and marks the row.

    Partitioned by month of `created_at`. `data` is JSON text, because the catalogue's member order must survive.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "seq", postgresql_where="published_at is null"),
        Index(None, "id"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    seq: Mapped[BigId]
    id: Mapped[UUID] = mapped_column(comment="version 7; also the envelope's id and the Nats-Msg-Id")
    created_at: Mapped[datetime] = mapped_column(primary_key=True, comment="real time of the insert")
    type: Mapped[str]
    family: Mapped[str]
    source: Mapped[str]
    message: Mapped[str]
    data: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(comment="business time of the change")
    run_id: Mapped[int | None]
    batch_id: Mapped[UUID | None]
    correlation_id: Mapped[str | None]
    published_at: Mapped[datetime | None]


class Lease(Base):
    """The time-limited right to run something. `fence` rises with every new holder."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    fence: Mapped[int]
    expires_at: Mapped[datetime]
