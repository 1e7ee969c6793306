"""Keeps the prepared preview true: scores again when something that matters changed, renders again when a queue did."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.events.preview import AnalyticsUpdated, PreviewUpdated
from libs.common.messaging.transient import Transient
from services.engine.evaluation import Evaluation, evaluate
from services.engine.facts import load_facts
from services.engine.preview import queries
from services.engine.preview.render import render_bodies
from services.engine.preview.store import store_preview

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
"""Also the pace of rendering: however busy the queues are, the body is made at most once in this time."""


class PreviewRefresh:
    """Holds the newest evaluation in memory, so that a change of a queue costs a rendering and no reading.

    Only the leading engine uses it. Runs and refreshes score one after the other, never at once.
    """

    def __init__(self, db: Database, clock: Clock, transient: Transient) -> None:
        self._db = db
        self._clock = clock
        self._transient = transient
        self._current: tuple[int, Evaluation] | None = None
        self._scoring = asyncio.Lock()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look now instead of at the next turn."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. An outage of the database is waited out."""
        while True:
            self._wake.clear()
            try:
                await self.catch_up()
            except (SQLAlchemyError, OSError) as exc:
                log.warning("preview not refreshed, trying again", reason=type(exc).__name__)
            except Exception:
                log.exception("preview not refreshed")
            await self._rest()

    async def score(self, run_id: int | None) -> Evaluation:
        """Score the stored catalogue, without asking any upstream, and make the result the current preview."""
        async with self._scoring:
            async with self._db.connect() as conn:
                facts = await load_facts(conn, self._clock.now())
            evaluation = await evaluate(self._db.url, facts)
            async with self._db.begin() as tx:
                preview_id = await store_preview(tx, evaluation, run_id)
            self._current = (preview_id, evaluation)
        self.wake()
        return evaluation

    async def catch_up(self) -> None:
        """Do what is wanted since the last time, if anything is. Before the first run there is nothing to refresh."""
        async with self._db.connect() as conn:
            wanted = await queries.load_wanted(conn)
        if wanted.preview_id is None:
            return
        is_behind = wanted.is_body_outdated or not wanted.has_body
        if wanted.are_scores_outdated or (is_behind and not self._holds(wanted.preview_id)):
            await self.score(run_id=None)
            async with self._db.connect() as conn:
                wanted = await queries.load_wanted(conn)
            is_behind = True
        if is_behind:
            await self._render(wanted.wanted_revision, is_new=not wanted.has_body)

    def _holds(self, preview_id: int) -> bool:
        return self._current is not None and self._current[0] == preview_id

    async def _render(self, revision: int, *, is_new: bool) -> None:
        if self._current is None:
            return
        preview_id, evaluation = self._current
        async with self._db.connect() as conn:
            around = await queries.load_surroundings(conn)
        bodies = await asyncio.to_thread(render_bodies, evaluation, around)
        async with self._db.begin() as tx:
            await queries.save_bodies(tx, preview_id, revision, bodies)
        if is_new:
            await self._announce(evaluation)

    async def _announce(self, evaluation: Evaluation) -> None:
        count, now = evaluation.ranked.height, self._clock.now()
        stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        await self._transient.publish(PreviewUpdated(item_count=count, timestamp=stamp), at=now)
        await self._transient.publish(AnalyticsUpdated(item_count=count, timestamp=stamp), at=now)

    async def _rest(self) -> None:
        """A second at most, and half of it at least: a burst of nudges must not make a burst of renderings."""
        await asyncio.sleep(LOOK_EVERY_S / 2)
        try:
            async with asyncio.timeout(LOOK_EVERY_S / 2):
                await self._wake.wait()
        except TimeoutError:
            return
