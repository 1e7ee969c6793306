"""All SQL about users: who they are, and how their credentials change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from services.api.rows import AnyRow, as_dict

_FIRST_USER_LOCK = 0x6361_7061_0001  # any constant of ours


@dataclass(frozen=True, slots=True)
class UserRow:
    """A stored user."""

    id: int
    username: str
    password_hash: str | None
    api_key: str | None
    api_key_hint: str
    tokens_valid_from: datetime | None
    kept_token_jti: str | None


_COLUMNS = (
    m.User.id,
    m.User.username,
    m.User.password_hash,
    m.User.api_key,
    m.User.api_key_hint,
    m.User.tokens_valid_from,
    m.User.kept_token_jti,
)


def _user(row: AnyRow | None) -> UserRow | None:
    return None if row is None else UserRow(**as_dict(row))


async def any_user(conn: AsyncConnection) -> bool:
    """Whether somebody has set this installation up."""
    return bool((await conn.execute(select(exists().select_from(m.User)))).scalar_one())


async def user_by_id(conn: AsyncConnection, user_id: int) -> UserRow | None:
    return _user((await conn.execute(select(*_COLUMNS).where(m.User.id == user_id))).one_or_none())


async def user_by_name(conn: AsyncConnection, username: str) -> UserRow | None:
    return _user((await conn.execute(select(*_COLUMNS).where(m.User.username == username))).one_or_none())


async def user_by_key(conn: AsyncConnection, stored_forms: Sequence[str]) -> UserRow | None:
    """The owner of a key; `stored_forms` are the texts the column may hold for it."""
    found = await conn.execute(select(*_COLUMNS).where(m.User.api_key.in_(stored_forms)).limit(1))
    return _user(found.one_or_none())


async def lock_first_user(tx: AsyncConnection) -> None:
    """Make the creation of the first user a queue of one, until the transaction ends."""
    await tx.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _FIRST_USER_LOCK})


async def create_user(tx: AsyncConnection, username: str, password_hash: str | None) -> UserRow | None:
    """Insert a user; None when the name is taken."""
    made = insert(m.User).values(username=username, password_hash=password_hash)
    found = await tx.execute(made.on_conflict_do_nothing(index_elements=["username"]).returning(*_COLUMNS))
    return _user(found.one_or_none())


async def replace_hash(tx: AsyncConnection, user_id: int, old: str | None, new: str) -> bool:
    """Store another hash of the same password, unless it was changed meanwhile."""
    changed = update(m.User).where(m.User.id == user_id, m.User.password_hash == old).values(password_hash=new)
    return (await tx.execute(changed)).rowcount == 1


async def change_password(
    tx: AsyncConnection, user: UserRow, new_hash: str, *, valid_from: datetime, kept_jti: str | None
) -> bool:
    """Store a new password and end all tokens from before `valid_from` but one. False: somebody else was faster."""
    changed = (
        update(m.User)
        .where(m.User.id == user.id, m.User.password_hash == user.password_hash)
        .values(password_hash=new_hash, tokens_valid_from=valid_from, kept_token_jti=kept_jti, updated_at=func.now())
    )
    return (await tx.execute(changed)).rowcount == 1


async def name_taken(tx: AsyncConnection, username: str) -> bool:
    return bool((await tx.execute(select(exists().where(m.User.username == username)))).scalar_one())


async def rename(tx: AsyncConnection, user_id: int, username: str) -> bool:
    """Give the user another name; False when the user is gone."""
    changed = update(m.User).where(m.User.id == user_id).values(username=username, updated_at=func.now())
    return (await tx.execute(changed)).rowcount == 1


async def store_key(tx: AsyncConnection, user_id: int, digest: str, hint: str) -> bool:
    """Replace the user's API key; False when the user is gone."""
    changed = (
        update(m.User).where(m.User.id == user_id).values(api_key=digest, api_key_hint=hint, updated_at=func.now())
    )
    return (await tx.execute(changed)).rowcount == 1
