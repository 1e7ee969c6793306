"""Keeps the prepared preview true: scores again when something that matters changed, renders again when a queue did."""

import asyncio

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.events.preview import AnalyticsUpdated, PreviewUpdated
from libs.common.messaging.transient import Transient
from services.engine.evaluation import Evaluation, evaluate
from services.engine.facts import load_facts
from services.engine.preview import queries
from services.engine.preview.render import render_bodies
from services.engine.preview.store import store_preview


class PreviewRefresh:
    """Holds the newest evaluation in memory, so that a change of a queue costs a rendering and no reading.

    The database is asked again after a restart; only the leading engine uses this.
    """

    def __init__(self, db: Database, clock: Clock, transient: Transient) -> None:
        self._db = db
        self._clock = clock
        self._transient = transient
        self._current: tuple[int, Evaluation] | None = None

    async def keep(self, evaluation: Evaluation, run_id: int | None) -> None:
        """Store an evaluation, make it current, and render it."""
        async with self._db.begin() as tx:
            preview_id = await store_preview(tx, evaluation, run_id)
        self._current = (preview_id, evaluation)
        await self._render(evaluation.facts.revision)
        await self._announce(evaluation)

    async def catch_up(self) -> None:
        """Do what is wanted since the last time, if anything is. Without a first preview nothing is refreshed."""
        async with self._db.connect() as conn:
            wanted = await queries.load_wanted(conn)
        if wanted.preview_id is None:
            return
        if wanted.scores_outdated or (wanted.body_outdated and not self._holds(wanted.preview_id)):
            await self._score_again()
        elif wanted.body_outdated:
            await self._render(wanted.wanted_revision)

    def _holds(self, preview_id: int) -> bool:
        return self._current is not None and self._current[0] == preview_id

    async def _score_again(self) -> None:
        """From the stored catalogue: no upstream is asked."""
        async with self._db.connect() as conn:
            facts = await load_facts(conn, self._clock.now())
        await self.keep(await evaluate(self._db.url, facts), run_id=None)

    async def _render(self, revision: int) -> None:
        if self._current is None:
            return
        preview_id, evaluation = self._current
        async with self._db.connect() as conn:
            around = await queries.load_surroundings(conn)
        bodies = await asyncio.to_thread(render_bodies, evaluation, around)
        async with self._db.begin() as tx:
            await queries.save_bodies(tx, preview_id, revision, bodies)

    async def _announce(self, evaluation: Evaluation) -> None:
        count, now = evaluation.ranked.height, self._clock.now()
        stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        await self._transient.publish(PreviewUpdated(item_count=count, timestamp=stamp), at=now)
        await self._transient.publish(AnalyticsUpdated(item_count=count, timestamp=stamp), at=now)
