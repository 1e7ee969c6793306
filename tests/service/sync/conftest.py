"""Fixtures of the sync service's tests."""

import pytest

from libs.common.db import Database
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.rows import House


@pytest.fixture
def house(database: Database, clock: JumpingClock) -> House:
    """A fresh database at the present moment."""
    return House(database, clock.now())
