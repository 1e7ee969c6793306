"""Which of a request's credentials decides (api.md 1.4): the order, and what forbids falling through to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a credential has to be checked against."""

    PROXY_USER = "proxy user"
    TOKEN = "token"  # noqa: S105  a word, not a secret
    API_KEY = "api key"


@dataclass(frozen=True, slots=True)
class Credential:
    """The one credential that decides; its text never shows in a repr."""

    kind: Kind
    text: str

    def __repr__(self) -> str:
        return f"Credential({self.kind})"


class UnusableAuthorizationError(ValueError):
    """An `Authorization` header that is neither a token nor a key: nothing else is looked at."""


def deciding(
    headers: Mapping[str, str], query: Mapping[str, str], cookies: Mapping[str, str], proxy_user: str
) -> Credential | None:
    """The credential that decides, or None when there is none. `proxy_user` is blank unless a trusted proxy named one.

    Raises `UnusableAuthorizationError` for a header without a space or with an unknown scheme.
    """
    if proxy_user.strip():
        return Credential(Kind.PROXY_USER, proxy_user.strip())
    authorization = headers.get("authorization", "")
    if authorization:
        return _from_authorization(authorization)
    key = headers.get("x-api-key", "").strip() or query.get("apikey", "").strip()
    if key:
        return Credential(Kind.API_KEY, key)
    token = cookies.get("jwt", "").strip()
    return Credential(Kind.TOKEN, token) if token else None


def _from_authorization(value: str) -> Credential:
    scheme, space, text = value.partition(" ")
    kind = {"bearer": Kind.TOKEN, "apikey": Kind.API_KEY}.get(scheme.lower())
    if not space or kind is None or not text.strip():
        raise UnusableAuthorizationError("the Authorization header holds neither a Bearer token nor an ApiKey")
    return Credential(kind, text.strip())
