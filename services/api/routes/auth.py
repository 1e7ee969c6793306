"""Auth: login, credentials of the caller, API key."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from services.api.auth import account, queries
from services.api.auth.cookies import refresh_session, set_session
from services.api.auth.login import log_in
from services.api.change import Caller, Parts, Reading
from services.api.errors import describe
from services.api.wire import Answer, Body, Text

router = APIRouter(prefix="/auth", tags=["Auth"])

_HEADER_MISSING = "AUTH_HEADER is set, but this request came without it: it did not pass through the proxy"


Username = Annotated[Text, Field(max_length=100)]
"""A name short enough that the token that names it fits into a cookie, whatever its characters."""


class Credentials(Body):
    username: Username = ""
    password: Text = ""


class LoggedIn(Answer):
    message: str = "success"
    token: str


class PasswordChange(Body):
    current_password: Text = ""
    new_password: Text = ""


class UsernameChange(Body):
    new_username: Username = ""
    current_password: Text = ""


class KeyStatus(Answer):
    """`hint` is the last four characters of the key, blank when there is none."""

    model_config = Answer.model_config | {"alias_generator": None}
    has_key: bool
    hint: str


class FreshKey(Answer):
    """The only time the key is shown."""

    model_config = Answer.model_config | {"alias_generator": None}
    api_key: str


class AuthStatus(Answer):
    initialized: bool
    auth_header_warning: str | None = None


@router.post("/login", responses=describe(400, 429))
async def login(body: Credentials, gateway: Parts, response: Response) -> LoggedIn:
    """Obtain a session. The first login ever creates the owner with exactly these credentials."""
    token = await log_in(gateway, body.username, body.password)
    set_session(response, gateway.settings, token)
    return LoggedIn(token=token.text)


@router.put("/password", responses=describe(400, 404, 409))
async def change_password(body: PasswordChange, caller: Caller, gateway: Parts, response: Response) -> LoggedIn:
    """Change the password. Every other session of the user ends. Not with an API key."""
    token = await account.change_password(gateway, caller, body.current_password, body.new_password)
    refresh_session(response, gateway.settings, token)
    return LoggedIn(message="password changed", token=token.text)


@router.put("/username", responses=describe(400, 404, 409))
async def change_username(body: UsernameChange, caller: Caller, gateway: Parts, response: Response) -> LoggedIn:
    """Change the username. Sessions go on. Not with an API key."""
    token = await account.change_username(gateway, caller, body.new_username, body.current_password)
    refresh_session(response, gateway.settings, token)
    return LoggedIn(message="username changed", token=token.text)


@router.get("/apikey", responses=describe(404))
async def key_status(caller: Caller, gateway: Parts) -> KeyStatus:
    """Whether the caller has an API key. The key itself is never shown again."""
    user = await account.key_status(gateway, caller)
    return KeyStatus(has_key=user.api_key is not None, hint=user.api_key_hint if user.api_key else "")


@router.post("/apikey", responses=describe(404))
async def generate_key(caller: Caller, gateway: Parts) -> FreshKey:
    """Make a new API key; the old one ends at once. Not with an API key."""
    return FreshKey(api_key=await account.generate_key(gateway, caller))


@router.get("/status", responses=describe(), response_model_exclude_none=True)
async def auth_status(request: Request, gateway: Parts, conn: Reading) -> AuthStatus:
    """Whether somebody has set this installation up. Needs no credentials."""
    name = gateway.settings.auth_header
    unproxied = bool(name) and not request.headers.get(name, "").strip()
    return AuthStatus(
        initialized=await queries.any_user(conn), auth_header_warning=_HEADER_MISSING if unproxied else None
    )
