"""When a failed deletion is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.integrations.errors import ErrorClass
from services.deleter.failure import UNKNOWABLE
from services.deleter.retry import next_try

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("failed", "wait_s"), [(1, 30), (2, 120), (3, 600)])
def test_pauses_grow_from_attempt_to_attempt(failed: int, wait_s: int) -> None:
    assert next_try(failed, ErrorClass.SERVER_ERROR, NOW) == NOW + timedelta(seconds=wait_s)


def test_fourth_failure_is_final() -> None:
    assert next_try(4, ErrorClass.SERVER_ERROR, NOW) is None


@pytest.mark.parametrize("error_class", [ErrorClass.REJECTED, UNKNOWABLE])
def test_what_stays_as_it_is_is_not_repeated(error_class: str) -> None:
    assert next_try(1, error_class, NOW) is None


@pytest.mark.parametrize(("asked_s", "wait_s"), [(5.0, 30), (45.0, 45)])
def test_pause_the_upstream_asks_for_is_never_undercut(asked_s: float, wait_s: int) -> None:
    due = next_try(1, ErrorClass.RATE_LIMITED, NOW, retry_after_s=asked_s)

    assert due == NOW + timedelta(seconds=wait_s)
