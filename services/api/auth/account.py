"""What a logged-in person may change about themselves: password, name, API key."""

from libs.common.clock import real_now
from libs.common.events.auth import ApiKeyGenerated, PasswordChanged, UsernameChanged
from libs.common.messaging.outbox import add_event
from services.api.auth import apikeys, queries
from services.api.auth.login import require_hashable
from services.api.auth.passwords import MIN_LENGTH
from services.api.auth.principal import Principal
from services.api.auth.queries import UserRow
from services.api.auth.tokens import Token
from services.api.errors import BadInputError, ConflictError, MissingError, UnauthenticatedError
from services.api.gateway import SOURCE, Gateway

_MIN_USERNAME = 3
_GONE = "this user no longer exists"


async def change_password(gateway: Gateway, principal: Principal, current: str, new: str) -> Token:
    """Store a new password; every other token of the user ends, and a fresh one is answered."""
    if not current or not new:
        raise BadInputError("currentPassword and newPassword are both required")
    if len(new) < MIN_LENGTH:
        raise BadInputError(f"newPassword: must have at least {MIN_LENGTH} characters")
    require_hashable("newPassword", new)
    user = await _confirmed(gateway, principal, current)
    new_hash = await gateway.passwords.hash(new)
    now = real_now()
    async with gateway.db.begin() as tx:
        if not await queries.change_password(tx, user, new_hash, valid_from=now, kept_jti=principal.jti):
            raise ConflictError("the password was changed by somebody else just now")
        await add_event(tx, PasswordChanged(username=user.username), source=SOURCE, at=gateway.clock.now())
    return gateway.mint.issue(user.id, user.username, now)


async def change_username(gateway: Gateway, principal: Principal, new: str, current_password: str) -> Token:
    """Rename the user. Tokens name the user by id, so all of them go on."""
    if not new or not current_password:
        raise BadInputError("newUsername and currentPassword are both required")
    if len(new) < _MIN_USERNAME:
        raise BadInputError(f"newUsername: must have at least {_MIN_USERNAME} characters")
    user = await _confirmed(gateway, principal, current_password)
    async with gateway.db.begin() as tx:
        await queries.lock_first_user(tx)
        if await queries.name_taken(tx, new):
            raise ConflictError("this username is taken")
        if not await queries.rename(tx, user.id, new):
            raise MissingError(_GONE)
        event = UsernameChanged(old_username=user.username, new_username=new)
        await add_event(tx, event, source=SOURCE, at=gateway.clock.now())
    return gateway.mint.issue(user.id, new, real_now())


async def generate_key(gateway: Gateway, principal: Principal) -> str:
    """A new API key, shown this once; the old one ends at once."""
    key = apikeys.generate()
    async with gateway.db.begin() as tx:
        if not await queries.store_key(tx, principal.user_id, key.digest, key.hint):
            raise MissingError(_GONE)
        event = ApiKeyGenerated(username=principal.username, hint=key.hint)
        await add_event(tx, event, source=SOURCE, at=gateway.clock.now())
    return key.text


async def key_status(gateway: Gateway, principal: Principal) -> UserRow:
    """The user as stored. Raises `MissingError` when gone."""
    async with gateway.db.connect() as conn:
        user = await queries.user_by_id(conn, principal.user_id)
    if user is None:
        raise MissingError(_GONE)
    return user


async def _confirmed(gateway: Gateway, principal: Principal, password: str) -> UserRow:
    user = await key_status(gateway, principal)
    if not (await gateway.passwords.check(password, user.password_hash)).fits:
        raise UnauthenticatedError("the current password is wrong")
    return user
