"""What the environment says, read once per process and handed down as values."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from libs.common.domain.enums import LogLevel

_FROM_FILE = ("DATABASE_URL", "NATS_URL", "JWT_SECRET", "SECRET_KEY")
"""Settings that may be given as `NAME_FILE`, the path of a file that holds the value."""


class SettingsError(ValueError):
    """Settings with which the process must not start; the text names each one, and holds no value."""


def _only_true(value: object) -> object:
    """Booleans are true for the text `true` only: anything else is the safe value."""
    return value.strip().lower() == "true" if isinstance(value, str) else value


def _unless_false(value: object) -> object:
    return value.strip().lower() != "false" if isinstance(value, str) else value


def _comma_list(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _asyncpg(value: object) -> object:
    """The usual forms of a Postgres address, and the one with our driver's name, mean the same."""
    return re.sub(r"^postgres(ql)?://", "postgresql+asyncpg://", value) if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _prefix(value: object) -> object:
    return f"/{value.strip('/')}/".replace("//", "/") if isinstance(value, str) else value


Flag = Annotated[bool, BeforeValidator(_only_true)]
Words = Annotated[tuple[str, ...], BeforeValidator(_comma_list)]


class Settings(BaseSettings):
    """Every setting of a process, by its name in the environment (upper case). Missing means the safe value."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, enable_decoding=False)

    database_url: Annotated[SecretStr, BeforeValidator(_asyncpg)] = Field(
        description="postgresql://…; the embedded runtime sets it"
    )
    nats_url: str = Field(min_length=1, description="nats://host:port, several by comma")
    nats_creds: Path | None = Field(default=None, description="credentials file for NATS")
    nats_replicas: int = Field(default=1, ge=1, le=5, description="copies of every stream")
    secret_key: SecretStr = Field(min_length=16, description="seals stored credentials; several by comma, newest first")
    jwt_secret: SecretStr | None = Field(default=None, description="signs sessions; unset: derived from secret_key")
    data_dir: Path = Field(default=Path(".data"), description="where a process may keep files")

    port: int = Field(default=2187, ge=1, le=65535, description="the gateway's port")
    host: str = Field(default="127.0.0.1", description="address the ports listen on; containers use 0.0.0.0")
    admin_port: int = Field(default=0, ge=0, le=65535, description="probes and metrics; 0 takes any free port")
    base_url: Annotated[str, BeforeValidator(_prefix)] = Field(default="/", description="path prefix behind a proxy")
    public_url: str = Field(default="", description="address people use; for webhook addresses and links")
    secure_cookies: Flag = False
    auth_header: str = Field(default="", description="header in which a trusted proxy names the user")
    trusted_proxies: Words = ()
    cors_origins: Words = ()
    public_metrics: Flag = Field(default=False, description="serve /metrics on the gateway's public port too")

    log_level: Annotated[LogLevel | None, BeforeValidator(_lower)] = Field(
        default=None, description="pins the level; unset: the preference decides"
    )
    log_format: Annotated[Literal["json", "console"], BeforeValidator(_lower)] = "json"
    debug: Flag = Field(default=False, description="of the reference: only raises the log level")
    db_path: Path | None = Field(default=None, description="of the reference: where a version 1 database may be found")
    clock_file: Path | None = Field(default=None, description="business time for tests and demonstrations")
    otel_exporter_otlp_endpoint: str = ""
    channel_allow_loopback: Flag = False
    discord_allowed_hosts: Words = ()
    upstream_allow_loopback: Annotated[bool, BeforeValidator(_unless_false)] = Field(
        default=True, description="integrations may live on this host's loopback"
    )

    login_limit: int = Field(default=10, ge=1, description="logins per window and client")
    login_window_s: int = Field(default=15 * 60, ge=1)
    test_limit: int = Field(default=30, ge=1, description="connection tests per window and client")
    test_window_s: int = Field(default=5 * 60, ge=1)
    run_limit: int = Field(default=5, ge=1, description="manual runs per window and client")
    run_window_s: int = Field(default=5 * 60, ge=1)
    webhook_refused_limit: int = Field(default=30, ge=1, description="webhooks with a bad token per window, client")
    webhook_refused_window_s: int = Field(default=5 * 60, ge=1)
    sse_max_clients: int = Field(default=1000, ge=1, description="streams per replica")
    sse_max_per_user: int = Field(default=20, ge=1)
    sse_max_unsent_bytes: int = Field(default=1024 * 1024, ge=1024)
    sse_max_replay: int = Field(default=10_000, ge=1, description="missed events per connection")
    sse_keepalive_s: float = Field(default=15, gt=0)

    @property
    def pinned_log_level(self) -> LogLevel | None:
        """The level the environment insists on; None leaves it to the preference."""
        return self.log_level or (LogLevel.DEBUG if self.debug else None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the signature is the library's, here and below
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands over: it has already joined the environment and the files."""
        return (init_settings,)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check everything at once. Raises `SettingsError` with one line per wrong setting."""
    given = dict(os.environ if environment is None else environment)
    problems = _read_files(given)
    known: dict[str, Any] = {
        name: given[name.upper()] for name in Settings.model_fields if given.get(name.upper(), "") != ""
    }
    try:
        settings = Settings(**known)
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_input=False)
        problems += [_sentence(error) for error in errors if not _is_told(error, problems)]
        raise SettingsError("\n".join(problems)) from None
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _read_files(given: dict[str, str]) -> list[str]:
    """Replace each `NAME_FILE` by the content of its file; answers what could not be read."""
    problems = []
    for name in _FROM_FILE:
        path = given.get(f"{name}_FILE")
        if not path:
            continue
        try:
            given[name] = Path(path).read_text().strip()
        except OSError as exc:
            problems.append(f"{name}_FILE cannot be read: {exc.strerror}")
        except UnicodeDecodeError:
            problems.append(f"{name}_FILE is not text")
    return problems


def _is_told(error: Any, problems: list[str]) -> bool:
    """Whether a missing value has been explained by the file it should have come from."""
    return error["type"] == "missing" and any(told.startswith(f"{_name(error)}_FILE ") for told in problems)


def _name(error: Any) -> str:
    return ".".join(str(part) for part in error["loc"]).upper()


def _sentence(error: Any) -> str:
    name = _name(error)
    if error["type"] == "missing":
        return f"{name} is not set; `capacitarr up` starts Postgres and NATS itself, a lone service needs to be told"
    return f"{name} is wrong: {error['msg'][:1].lower()}{error['msg'][1:]}"
