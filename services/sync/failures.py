"""Why a read or a test failed, in words for a person and a class for machines."""

import asyncpg
from sqlalchemy.exc import DBAPIError

from libs.common.security.secrets import SealError
from libs.integrations.errors import ErrorClass, UpstreamError
from libs.integrations.urls import BaseUrlError
from services.sync.health.rules import Failure

INTERNAL = "internal"
INACTIVE = "inactive"

_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})
"""SQLSTATE classes of Postgres that say nothing about our statement: connection, deadlock, resources, shutdown…"""


def explain(exc: Exception, name: str) -> Failure:
    """The failure of one source, from whatever its client raised. A broken client counts as its source failing."""
    if isinstance(exc, UpstreamError):
        return Failure(str(exc), exc.error_class.value, is_outage=exc.counts_as_down)
    if isinstance(exc, BaseUrlError):
        return Failure(f"{exc}.", ErrorClass.BAD_ADDRESS.value, is_outage=True)
    if isinstance(exc, SealError):
        return Failure(f"{exc}.", ErrorClass.AUTH.value, is_outage=True)
    if isinstance(exc, TimeoutError):
        return Failure(f"{name} did not finish in time.", ErrorClass.TIMEOUT.value, is_outage=True)
    return Failure(
        f"Reading {name} failed inside Capacitarr ({type(exc).__name__}); the log of the sync service has more.",
        INTERNAL,
        is_outage=True,
    )


def incomplete(message: str) -> Failure:
    """A read that answered, but not with everything."""
    return Failure(message, ErrorClass.INCOMPLETE.value, is_outage=False)


def is_our_database(exc: BaseException) -> bool:
    """True when our own database was away or busy: no fault of any source, and the read is simply done again."""
    if isinstance(exc, DBAPIError):
        return exc.connection_invalidated or _passes(getattr(exc.orig, "sqlstate", None))
    if isinstance(exc, asyncpg.PostgresError):
        return _passes(exc.sqlstate)
    return isinstance(exc, (asyncpg.InterfaceError, asyncpg.InternalClientError, ConnectionError))


def _passes(sqlstate: str | None) -> bool:
    return (sqlstate or "")[:2] in _PASSING


def inactive() -> Failure:
    """The integration was disabled or removed after its read was asked for."""
    return Failure("The integration is not enabled.", INACTIVE, is_outage=False)
