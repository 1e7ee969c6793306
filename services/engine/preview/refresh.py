"""Keeps the prepared preview true: scores again when something that matters changed, renders again when a queue did."""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.events.preview import AnalyticsUpdated, PreviewInvalidated, PreviewUpdated
from libs.common.messaging.transient import Transient
from services.engine.catalogue import OpenCatalogue
from services.engine.evaluation import Evaluation, evaluate, evaluate_loaded, mark_again
from services.engine.facts import Facts, load_facts
from services.engine.preview import queries
from services.engine.preview.binding import Rendering
from services.engine.preview.pace import PACE, Pace
from services.engine.preview.render import Surroundings, render
from services.engine.preview.store import store_preview

log = structlog.get_logger(__name__)

AGES_HOLD = timedelta(minutes=15)
"""So long scores between runs measure ages as the ones before did, and what did not change keeps its text.

Meanwhile a factor grows by less than half a step of the order of candidates. Runs, which decide, go by their own time.
"""

KEEP_AT_MOST_BYTES = 64 * 1024 * 1024
"""A larger rendering, of some 150,000 items, is not kept for the next one, which is rendered as a whole."""


class PreviewRefresh:
    """Holds the newest evaluation and rendering in memory: a change of a queue costs no reading, and few new texts.

    Only the leading engine uses it. Runs and refreshes score one after the other, never at once.
    """

    def __init__(self, db: Database, clock: Clock, transient: Transient, pace: Pace = PACE) -> None:
        self._db = db
        self._clock = clock
        self._transient = transient
        self._pace = pace
        self._catalogue = OpenCatalogue(db.url)
        self._current: tuple[int, Evaluation] | None = None
        self._former: Rendering | None = None
        self._scoring = asyncio.Lock()
        self._wake = asyncio.Event()
        self._rendered_at_s = -pace.render_every_s
        self._awaited = (-1, 0.0)
        self._scoring_took_s = 0.0
        self._announced = ""

    @property
    def current(self) -> tuple[int, Evaluation] | None:
        """The newest preview's id and what it was stored from; None in an engine that has not led yet."""
        return self._current

    def wake(self) -> None:
        """Look now instead of at the next turn."""
        self._wake.set()

    async def invalidate(self, reason: str) -> None:
        """Say that what is shown may not be true any more. Whoever says so has marked it in the database."""
        await self._transient.publish(PreviewInvalidated(reason=reason), at=self._clock.now())
        self.wake()

    async def run(self) -> None:
        """Until cancelled. An outage of the database is waited out. Only meanwhile a connection is kept open."""
        try:
            while True:
                await self._look()
        finally:
            await asyncio.to_thread(self._catalogue.close)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._wake.clear()
        began_s, again_in_s = loop.time(), self._pace.look_every_s
        try:
            again_in_s = await self.catch_up()
        except (SQLAlchemyError, OSError) as exc:
            log.warning("preview not refreshed, trying again", reason=type(exc).__name__)
        except Exception:
            log.exception("preview not refreshed")
        await self._rest(loop.time() - began_s, again_in_s)

    async def score(self, run_id: int | None) -> Evaluation:
        """Score the stored catalogue, without asking any upstream, and make the result the current preview."""
        async with self._scoring:
            async with self._db.connect() as conn:
                facts = await load_facts(conn, self._clock.now())
            evaluation = await evaluate(self._db.url, facts)
            await self._store(evaluation, run_id)
        self.wake()
        return evaluation

    async def catch_up(self) -> float:
        """Do what is wanted since the last time, if anything is; answers after how many seconds to look again.

        Before the first run there is nothing to refresh.
        """
        wanted = await self._wanted()
        if wanted.preview_id is None:
            return self._pace.look_every_s
        is_behind = wanted.is_body_outdated or not wanted.has_body
        if wanted.are_scores_outdated or (is_behind and not self._holds(wanted.preview_id)):
            if wanted.is_merge_wanted and (merge_s := self._merge_awaited_s(wanted.scored_scoring)) > 0:
                return merge_s
            began_s = asyncio.get_running_loop().time()
            await self._score_and_render()
            self._scoring_took_s = asyncio.get_running_loop().time() - began_s
            return self._pace.look_every_s
        if not is_behind:
            return self._pace.look_every_s
        if wanted.has_body and (early_s := self._too_early_s()) > 0:
            return early_s
        await self._render(wanted.wanted_revision, is_new=not wanted.has_body)
        return self._pace.look_every_s

    async def _score_and_render(self) -> None:
        """The list is rendered while the scores are stored: nobody sees it before they stand.

        It shows the queues as they were when the scoring began; what came since is behind, and rendered at the pace.
        """
        async with self._scoring:
            async with self._db.connect() as conn:
                facts = await load_facts(conn, self._clock.now())
                around = await queries.load_surroundings(conn)
            evaluation = await evaluate_loaded(self._catalogue.load, facts, ages_at=self._ages_at(facts.now))
            self._rendered_at_s = asyncio.get_running_loop().time()
            rendering = asyncio.create_task(asyncio.to_thread(render, evaluation, around, self._former))
            try:
                preview_id = await self._store(evaluation, run_id=None)
            except BaseException:
                rendering.cancel()
                raise
        await self._save(preview_id, evaluation, facts.revision, await rendering, is_new=True)

    async def _store(self, evaluation: Evaluation, run_id: int | None) -> int:
        async with self._db.begin() as tx:
            preview_id = await store_preview(tx, evaluation, run_id)
        self._current = (preview_id, evaluation)
        return preview_id

    async def _wanted(self) -> queries.Wanted:
        async with self._db.connect() as conn:
            return await queries.load_wanted(conn)

    def _holds(self, preview_id: int) -> bool:
        return self._current is not None and self._current[0] == preview_id

    def _ages_at(self, now: datetime) -> datetime:
        before = now if self._current is None else self._current[1].ages_at
        return before if timedelta(0) <= now - before < AGES_HOLD else now

    def _merge_awaited_s(self, scored: int) -> float:
        """How much longer the scores behind these wait for a merge. The row says meanwhile that they are outdated."""
        now_s = asyncio.get_running_loop().time()
        if self._awaited[0] != scored:
            self._awaited = (scored, now_s)
        within_s = self._pace.merge_awaited_s(self._scoring_took_s)
        return self._awaited[1] + within_s - now_s

    def _too_early_s(self) -> float:
        return self._rendered_at_s + self._pace.render_every_s - asyncio.get_running_loop().time()

    async def _render(self, revision: int, *, is_new: bool) -> None:
        if self._current is None:
            return
        preview_id, evaluation = self._current
        self._rendered_at_s = asyncio.get_running_loop().time()
        async with self._db.connect() as conn:
            facts = await load_facts(conn, self._clock.now())
            around = await queries.load_surroundings(conn)
        rendering = await asyncio.to_thread(_rendered, evaluation, facts, around, self._former)
        await self._save(preview_id, evaluation, revision, rendering, is_new=is_new)

    async def _save(
        self, preview_id: int, evaluation: Evaluation, revision: int, rendering: Rendering, *, is_new: bool
    ) -> None:
        """Hand it out and say so, unless there is a newer one."""
        self._former = rendering if rendering.kept_bytes <= KEEP_AT_MOST_BYTES else None
        async with self._db.begin() as tx:
            is_saved = await queries.save_rendering(tx, preview_id, revision, rendering)
        if is_saved and rendering.digest != self._announced:
            self._announced = rendering.digest
            await self._announce(evaluation.ranked.height, is_new=is_new)

    async def _announce(self, item_count: int, *, is_new: bool) -> None:
        now = self._clock.now()
        stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        await self._transient.publish(PreviewUpdated(item_count=item_count, timestamp=stamp), at=now)
        if is_new:
            await self._transient.publish(AnalyticsUpdated(item_count=item_count, timestamp=stamp), at=now)

    async def _rest(self, worked_s: float, again_in_s: float) -> None:
        """Half as long as the work took, so that endless changes leave others room; then until something happens."""
        await asyncio.sleep(min(worked_s / 2, self._pace.look_every_s))
        try:
            async with asyncio.timeout(again_in_s):
                await self._wake.wait()
        except TimeoutError:
            return


def _rendered(evaluation: Evaluation, facts: Facts, around: Surroundings, former: Rendering | None) -> Rendering:
    """With the queues as they are now. Scores that are outdated already are shown as they were made."""
    if facts.scoring == evaluation.facts.scoring and facts.revision != evaluation.facts.revision:
        evaluation = mark_again(evaluation, facts)
    return render(evaluation, around, former)
