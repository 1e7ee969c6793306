"""Who came in, and changes of credentials."""

from typing import ClassVar

from libs.common.events.base import Event


class _AuthEvent(Event):
    family: ClassVar[str] = "auth"


class Login(_AuthEvent):
    type: ClassVar[str] = "login"
    username: str

    @property
    def message(self) -> str:
        return f"{self.username} logged in"


class PasswordChanged(_AuthEvent):
    type: ClassVar[str] = "password_changed"
    username: str

    @property
    def message(self) -> str:
        return f"{self.username} changed the password"


class UsernameChanged(_AuthEvent):
    type: ClassVar[str] = "username_changed"
    old_username: str
    new_username: str

    @property
    def message(self) -> str:
        return f"{self.old_username} is now {self.new_username}"


class ApiKeyGenerated(_AuthEvent):
    type: ClassVar[str] = "api_key_generated"
    username: str
    hint: str

    @property
    def message(self) -> str:
        return f"{self.username} made a new API key ending in {self.hint}"
