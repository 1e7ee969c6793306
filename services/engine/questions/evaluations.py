"""The evaluation that answers stand on: the leader's own one where it is true, otherwise one made for the purpose."""

import asyncio

from libs.common.clock import Clock
from libs.common.db import Database
from services.engine.evaluation import Evaluation, evaluate, mark_again
from services.engine.facts import Facts, load_facts
from services.engine.preview.queries import load_wanted
from services.engine.preview.refresh import PreviewRefresh

Held = tuple[int | None, Evaluation]
"""An evaluation, and the preview that it is or was made for."""


class Evaluations:
    """Answers with the scores of the current preview. An engine that does not lead keeps the one it had to make."""

    def __init__(self, db: Database, clock: Clock, refresh: PreviewRefresh) -> None:
        self._db = db
        self._clock = clock
        self._refresh = refresh
        self._made: Held | None = None
        self._making = asyncio.Lock()

    async def current(self) -> Evaluation:
        """As things stand: today's scores under this moment's queues and settings."""
        async with self._making:
            async with self._db.connect() as conn:
                facts = await load_facts(conn, self._clock.now())
                preview_id = (await load_wanted(conn)).preview_id
            evaluation = self._known(preview_id, facts)
            if evaluation is None:
                evaluation = await evaluate(self._db.url, facts)
                self._made = (preview_id, evaluation)
                return evaluation
        return await asyncio.to_thread(mark_again, evaluation, facts)

    def _known(self, preview_id: int | None, facts: Facts) -> Evaluation | None:
        """The one behind this preview, unless settings have changed since."""
        own = _still_true(self._refresh.current, preview_id, facts)
        if own is not None:
            self._made = None  # this engine leads; one copy of the library is enough
        return own or _still_true(self._made, preview_id, facts)


def _still_true(held: Held | None, preview_id: int | None, facts: Facts) -> Evaluation | None:
    if held is None or held[0] != preview_id or held[1].facts.scoring != facts.scoring:
        return None
    return held[1]
