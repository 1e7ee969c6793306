"""Logging in, and the very first login, which makes the owner."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import real_now
from libs.common.events.auth import Login
from libs.common.messaging.outbox import add_event
from services.api.auth import queries
from services.api.auth.passwords import MAX_BYTES
from services.api.auth.queries import UserRow
from services.api.auth.tokens import Token
from services.api.errors import BadInputError, UnauthenticatedError
from services.api.gateway import SOURCE, Gateway

_WRONG = "wrong username or password"


async def log_in(gateway: Gateway, username: str, password: str) -> Token:
    """A token for the right pair. While no user exists, any pair becomes the owner's, exactly once."""
    if not username or not password:
        raise BadInputError("username and password are both required")
    require_hashable("password", password)
    began = real_now()  # a password changed from here on ends the token that is about to be made
    user = await _found(gateway, username, password) or await _first_user(gateway, username, password)
    if user is None:
        user = await _found(gateway, username, password)  # somebody else was first: perhaps with the same pair
    if user is None:
        raise UnauthenticatedError(_WRONG)
    async with gateway.db.begin() as tx:
        await _announce(gateway, tx, user.username)
    return gateway.mint.issue(user.id, user.username, began)


def require_hashable(member: str, password: str) -> None:
    """Refuse a password that is only there to keep the processor busy."""
    if len(password.encode()) > MAX_BYTES:
        raise BadInputError(f"{member}: must not be longer than {MAX_BYTES} bytes")


async def _found(gateway: Gateway, username: str, password: str) -> UserRow | None:
    async with gateway.db.connect() as conn:
        if not await queries.any_user(conn):
            return None
        user = await queries.user_by_name(conn, username)
    verdict = await gateway.passwords.check(password, user.password_hash if user else None)
    if user is None or not verdict.fits:
        raise UnauthenticatedError(_WRONG)
    if verdict.upgraded is not None:
        async with gateway.db.begin() as tx:
            await queries.replace_hash(tx, user.id, user.password_hash, verdict.upgraded)
    return user


async def _first_user(gateway: Gateway, username: str, password: str) -> UserRow | None:
    password_hash = await gateway.passwords.hash(password)
    async with gateway.db.begin() as tx:
        await queries.lock_first_user(tx)
        if await queries.any_user(tx):
            return None
        return await queries.create_user(tx, username, password_hash)


async def _announce(gateway: Gateway, tx: AsyncConnection, username: str) -> None:
    await add_event(tx, Login(username=username), source=SOURCE, at=gateway.clock.now())
