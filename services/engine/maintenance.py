"""What the engine tidies once a day: old runs, and the months ahead of the tables that grow at one end."""

from datetime import date

import structlog

from libs.common.clock import Clock, real_now
from libs.common.db import Database
from libs.common.db.partitions import ensure_partitions
from services.engine.runs.queries import prune_runs

log = structlog.get_logger(__name__)


class Maintenance:
    """Done by the leading engine only, so that it happens once."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._done_on: date | None = None

    async def when_due(self) -> None:
        """Once per UTC day of business time, and once after a start."""
        today = self._clock.today()
        if self._done_on == today:
            return
        async with self._db.begin() as tx:
            pruned = await prune_runs(tx)
            # outbox rows are stamped with real time, the others with business time
            created = await ensure_partitions(tx, real_now().date()) + await ensure_partitions(tx, today)
        self._done_on = today
        log.debug("engine tidied", pruned_runs=pruned, partitions=created)
