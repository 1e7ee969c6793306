"""Fixtures of the deleter's tests."""

import pytest

from libs.common.db import Database
from tests.harness.jumping_clock import JumpingClock
from tests.service.deleter.rows import Owner


@pytest.fixture
def owner(database: Database, clock: JumpingClock) -> Owner:
    """A fresh database at the present moment."""
    return Owner(database, clock)
