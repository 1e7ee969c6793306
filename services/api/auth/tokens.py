"""Session tokens: HS256, a day long, bound to the user's id and not to the name."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

LIFETIME = timedelta(hours=24)
_ALGORITHM = "HS256"
_REQUIRED = ["sub", "exp", "iat", "jti", "uid"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    user_id: int
    username: str
    jti: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it leaves us."""

    text: str
    claims: Claims


class TokenMint:
    """Makes and reads tokens under one secret, which is the same on every replica.

    Sessions live in real time: a business clock that jumps must neither end nor lengthen them.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, user_id: int, username: str, now: datetime) -> Token:
        """A token from `now` for a day. `iat` keeps its fraction, so that it can be compared with a password change."""
        expires_at = datetime.fromtimestamp(int((now + LIFETIME).timestamp()), UTC)
        claims = Claims(user_id, username, secrets.token_hex(16), now, expires_at)
        text = jwt.encode(
            {
                "sub": username,
                "uid": user_id,
                "jti": claims.jti,
                "iat": now.timestamp(),
                "exp": int(expires_at.timestamp()),
            },
            self._secret,
            algorithm=_ALGORITHM,
        )
        return Token(text, claims)

    def read(self, text: str) -> Claims | None:
        """The claims of a token we signed and that has not run out; None for anything else."""
        try:
            claims = jwt.decode(
                text, self._secret, algorithms=[_ALGORITHM], options={"require": _REQUIRED, "verify_iat": False}
            )
            user_id, username = claims["uid"], claims["sub"]
            issued_at = datetime.fromtimestamp(float(claims["iat"]), UTC)
            expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError):
            return None
        if type(user_id) is not int or not username:
            return None
        return Claims(user_id, username, str(claims["jti"]), issued_at, expires_at)
