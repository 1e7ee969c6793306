"""What upstreams said has changed, each thing once however often it was said. The api asks, sync reads."""

from datetime import datetime

from sqlalchemy import Index, SmallInteger, false
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, Word, one_of
from libs.common.domain.enums import RefreshKind, RefreshState


class RefreshRequest(Base):
    """One thing of one integration that is to be read again. Times are business time, the lease is real time.

    No foreign key: its check would wait behind a transaction that ends a full read, and a sender waits a second.
    """

    __tablename__ = "refresh_requests"
    __table_args__ = (
        one_of("kind", RefreshKind),
        one_of("state", RefreshState),
        Index(None, "due_at", postgresql_where="state in ('waiting', 'reading')"),
    )

    integration_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[RefreshKind] = mapped_column(Word(RefreshKind), primary_key=True)
    native_id: Mapped[str] = mapped_column(primary_key=True, comment="the id in the upstream; empty = all of the kind")
    user_id: Mapped[str] = mapped_column(primary_key=True, comment="whose activity; empty = everybody's")
    state: Mapped[RefreshState] = mapped_column(Word(RefreshState))
    asked_at: Mapped[datetime] = mapped_column(comment="newest event about it")
    due_at: Mapped[datetime]
    read_at: Mapped[datetime | None] = mapped_column(comment="begin of the newest read")
    is_wanted_again: Mapped[bool] = mapped_column(server_default=false(), comment="an event came during the read")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0", comment="failed reads since the event")
    error_class: Mapped[str] = mapped_column(server_default="")
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
