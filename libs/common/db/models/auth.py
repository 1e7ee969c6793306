"""Who may come in, and how often: users, rate-limit hits and idempotency keys. Written by the api."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from libs.common.db.models.base import Base, BigId, CreatedAt


class User(Base):
    """A person. `password_hash` null: a proxy's user, who cannot log in with a password."""

    __tablename__ = "users"

    id: Mapped[BigId]
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    api_key: Mapped[str | None] = mapped_column(unique=True, comment="sha256:<hex> of the whole key text")
    api_key_hint: Mapped[str] = mapped_column(server_default="")
    tokens_valid_from: Mapped[datetime | None] = mapped_column(comment="older tokens ended with a password change")
    kept_token_jti: Mapped[str | None] = mapped_column(comment="the token that made that change")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]


class RateLimitHit(Base):
    """One counted request; the window slides over these rows, so it is shared by replicas and survives restarts."""

    __tablename__ = "rate_limit_hits"
    __table_args__ = (Index(None, "bucket", "client", "at"),)

    id: Mapped[BigId]
    bucket: Mapped[str]
    client: Mapped[str]
    at: Mapped[datetime]


class IdempotencyKey(Base):
    """The answer a mutating request got, kept for its repetition."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str]
    request_hash: Mapped[str]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)
