"""Who a request comes from, and by which means they proved it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Means(StrEnum):
    """How somebody proved who they are. Everything but an API key is a session of a person."""

    PROXY = "proxy"
    TOKEN = "token"  # noqa: S105  a word, not a secret
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated user. The last four say what must still be true for a long-lived stream to go on."""

    user_id: int
    username: str
    means: Means
    jti: str | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    key_digest: str | None = None

    @property
    def is_session(self) -> bool:
        """Whether this is a person's session; an API key alone may not change credentials."""
        return self.means is not Means.API_KEY
