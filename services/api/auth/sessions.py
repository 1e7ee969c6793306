"""From a credential to a user: the only place that decides whether it is good, at the door and again later."""

from datetime import datetime

from libs.common.db import Database
from services.api.auth import apikeys, queries
from services.api.auth.credentials import Credential, Kind
from services.api.auth.principal import Means, Principal
from services.api.auth.queries import UserRow
from services.api.auth.tokens import Claims, TokenMint


def token_holds(user: UserRow, jti: str | None, issued_at: datetime) -> bool:
    """Whether a token survived the user's last password change: it is newer, or it made that change."""
    if user.tokens_valid_from is None or issued_at >= user.tokens_valid_from:
        return True
    return jti is not None and jti == user.kept_token_jti


async def authenticate(db: Database, mint: TokenMint, credential: Credential) -> Principal | None:
    """The user behind a credential; None when it is not good. A proxy's unknown user is created."""
    match credential.kind:
        case Kind.PROXY_USER:
            return await _proxy_user(db, credential.text)
        case Kind.TOKEN:
            claims = mint.read(credential.text)
            return None if claims is None else await _token_user(db, claims)
        case Kind.API_KEY:
            return await _key_user(db, credential.text)


async def still_good(db: Database, principal: Principal, now: datetime) -> bool:
    """Whether a stream that was opened with these credentials may go on. `now` is real time."""
    if principal.expires_at is not None and principal.expires_at <= now:
        return False
    async with db.connect() as conn:
        user = await queries.user_by_id(conn, principal.user_id)
    if user is None:
        return False
    if principal.means is Means.API_KEY:
        return user.api_key == principal.key_digest
    if principal.issued_at is not None:
        return token_holds(user, principal.jti, principal.issued_at)
    return True


async def _token_user(db: Database, claims: Claims) -> Principal | None:
    async with db.connect() as conn:
        user = await queries.user_by_id(conn, claims.user_id)
    if user is None or not token_holds(user, claims.jti, claims.issued_at):
        return None
    return Principal(
        user.id, user.username, Means.TOKEN, jti=claims.jti, issued_at=claims.issued_at, expires_at=claims.expires_at
    )


async def _key_user(db: Database, key: str) -> Principal | None:
    digest = apikeys.digest(key)
    forms = [digest, key] if apikeys.may_be_stored_plain(key) else [digest]
    async with db.connect() as conn:
        user = await queries.user_by_key(conn, forms)
    if user is None:
        return None
    if user.api_key != digest:  # plain text of the reference's time: accepted this once
        async with db.begin() as tx:
            await queries.store_key(tx, user.id, digest, key[-4:])
    return Principal(user.id, user.username, Means.API_KEY, key_digest=digest)


async def _proxy_user(db: Database, username: str) -> Principal | None:
    if "\x00" in username:
        return None
    async with db.connect() as conn:
        user = await queries.user_by_name(conn, username)
    if user is None:
        async with db.begin() as tx:
            await queries.lock_first_user(tx)
            user = await queries.create_user(tx, username, None) or await queries.user_by_name(tx, username)
    return None if user is None else Principal(user.id, user.username, Means.PROXY)
