"""Whose fault a broken read is."""

import asyncpg
import pytest

from libs.common.security.secrets import SealError
from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamDeniedError
from libs.integrations.urls import BaseUrlError
from services.sync.failures import explain, is_our_database


@pytest.mark.parametrize(
    ("exc", "error_class", "is_outage"),
    [
        (UpstreamDeniedError(ErrorClass.AUTH, "no"), "auth", True),
        (UpstreamBusyError("slow down", retry_after_s=3), "rate_limited", False),
        (BaseUrlError("The address is empty"), "bad_address", True),
        (SealError("cannot be opened"), "auth", True),
        (TimeoutError(), "timeout", True),
        (KeyError("appName"), "internal", True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_exception_has_a_class_and_a_sentence(exc: Exception, error_class: str, is_outage: bool) -> None:
    failure = explain(exc, "Films")

    assert (failure.error_class, failure.is_outage) == (error_class, is_outage)
    assert failure.error


def test_unexpected_exception_shows_its_class_and_never_its_text() -> None:
    failure = explain(RuntimeError("key=0123456789abcdef"), "Films")

    assert "RuntimeError" in failure.error
    assert "0123456789abcdef" not in failure.error


@pytest.mark.parametrize(
    ("exc", "ours"),
    [
        (asyncpg.ConnectionDoesNotExistError("gone"), True),
        (asyncpg.AdminShutdownError("restarting"), True),
        (asyncpg.DeadlockDetectedError("twice"), True),
        (asyncpg.InterfaceError("closed"), True),
        (ConnectionResetError(), True),
        (asyncpg.UniqueViolationError("twice"), False),
        (asyncpg.NumericValueOutOfRangeError("large"), False),
        (TimeoutError(), False),
        (KeyError("id"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_an_outage_of_our_own_database_is_no_fault_of_the_source(exc: Exception, ours: bool) -> None:
    assert is_our_database(exc) is ours
