"""The two cookies of a login: the session itself, and a flag that pages may read."""

from fastapi import Response

from libs.common.settings import Settings
from services.api.auth.tokens import LIFETIME, Token


def set_session(response: Response, settings: Settings, token: Token) -> None:
    """Give the browser its session, and `authenticated` so that a page knows without seeing the token."""
    _set(response, settings, "jwt", token.text, http_only=True)
    _set(response, settings, "authenticated", "true", http_only=False)


def refresh_session(response: Response, settings: Settings, token: Token) -> None:
    """Replace only the session, after a change of credentials."""
    _set(response, settings, "jwt", token.text, http_only=True)


def _set(response: Response, settings: Settings, name: str, value: str, *, http_only: bool) -> None:
    seconds = int(LIFETIME.total_seconds())
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        expires=seconds,
        path=settings.base_url,
        secure=settings.secure_cookies,
        httponly=http_only,
        samesite="lax",
    )
