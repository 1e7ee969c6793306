"""Which failed heartbeat is no doubt about the lease."""

import asyncpg
from sqlalchemy.exc import DBAPIError

from services.sync.snapshots import lease


def test_row_locked_by_our_own_commit_is_no_doubt_and_an_outage_is() -> None:
    locked = DBAPIError("update", {}, asyncpg.LockNotAvailableError("timeout"))
    gone = DBAPIError("update", {}, asyncpg.ConnectionDoesNotExistError("gone"))

    assert lease._is_locked(locked)
    assert not lease._is_locked(gone)
    assert not lease._is_locked(OSError())
