"""Brings a database up to date, and says in one sentence why that could not be done."""

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from libs.common.db.migrate import SchemaError, migrate
from libs.common.settings import Settings, SettingsError

_DRIVER = "postgresql+asyncpg"


class DatabaseError(RuntimeError):
    """The database cannot be used; the text says why and holds no credentials."""


async def bring_up_to_date(settings: Settings) -> bool:
    """Migrate; answers whether anything changed. Raises `SettingsError` and `DatabaseError`. Safe to repeat."""
    url = settings.database_url.get_secret_value()
    _require_postgres(url)
    try:
        return await migrate(url)
    except DBAPIError as exc:
        raise DatabaseError(str(exc.orig)) from exc
    except (SchemaError, OSError) as exc:
        raise DatabaseError(str(exc)) from exc


def _require_postgres(url: str) -> None:
    """The address itself is not repeated: it may hold a password."""
    try:
        driver = make_url(url).drivername
    except (ArgumentError, ValueError):
        driver = ""
    if driver != _DRIVER:
        raise SettingsError("DATABASE_URL is wrong: not the address of a Postgres database, postgresql://…")
