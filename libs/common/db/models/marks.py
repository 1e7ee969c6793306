"""Our marks on the media servers: labels and poster overlays, wished and seen. Written by the deleter."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base


class LabelState(Base):
    """A label we put on one native item; only what we added is ever removed."""

    __tablename__ = "label_states"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    native_id: Mapped[str] = mapped_column(primary_key=True)
    wanted_label: Mapped[str | None]
    applied_label: Mapped[str | None]
    last_error: Mapped[str] = mapped_column(server_default="")
    updated_at: Mapped[datetime]


class PosterOriginal(Base):
    """The bytes of a server's own poster, content-addressed, kept until they are back in place."""

    __tablename__ = "poster_originals"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    content_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class PosterState(Base):
    """An overlay on one native item of one server, and what was there before."""

    __tablename__ = "poster_states"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    native_id: Mapped[str] = mapped_column(primary_key=True)
    original_sha256: Mapped[str | None] = mapped_column(ForeignKey("poster_originals.sha256", ondelete="RESTRICT"))
    original_selection: Mapped[str | None] = mapped_column(comment="Plex: key of the poster selected before")
    original_locked: Mapped[bool] = mapped_column(server_default=false())
    overlay_sha256: Mapped[str | None]
    wanted: Mapped[str] = mapped_column(server_default="none", comment="none, countdown, simple or saved")
    last_error: Mapped[str] = mapped_column(server_default="")
    uploaded_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
