"""Waits until the prepared preview tells the truth. However many wait, one of them looks."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from libs.common.db import Database
from services.api.errors import UnavailableError
from services.api.preview import queries
from services.api.preview.queries import BodyKey, State

_BEING_SCORED = "the preview is being scored again, try again in a moment"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a request waits: for the first run of a fresh installation, and for scores that are being made.

    Meanwhile the database is looked at every `look_again_s`.
    """

    first_run_s: float = 30.0
    scores_s: float = 10.0
    look_again_s: float = 0.02


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Ready:
    """A rendered list that tells the truth: how many items it has, and its bodies by encoding."""

    preview_id: int
    item_count: int
    bodies: Mapping[str, BodyKey]


class Truth:
    """The way to the current state for everybody who hands out the preview."""

    def __init__(self, db: Database, patience: Patience = PATIENCE) -> None:
        self._db = db
        self._patience = patience
        self._looking: asyncio.Task[State] | None = None

    async def ready(self) -> Ready | None:
        """The list, once it is rendered and not outdated. Waits as long as its patience lasts.

        Raises `UnavailableError` when new scores take longer. None without integrations, or without any run: there is
        nothing to show.
        """
        state = await self._look()
        if not state.has_sources:
            return None
        state = await self._until(state, lambda now: now.preview_id is not None, self._patience.first_run_s)
        if state.preview_id is None:
            return None
        asked = state.wanted_scoring
        state = await self._until(state, lambda now: _is_true(now, asked), self._patience.scores_s)
        if state.preview_id is None or not _is_true(state, asked):
            raise UnavailableError(_BEING_SCORED)
        return Ready(state.preview_id, state.item_count, state.bodies)

    async def scored(self) -> None:
        """Once the stored scores tell what was wanted before the question; at once where nothing was ever scored.

        Raises `UnavailableError` when that takes longer than its patience lasts.
        """
        state = await self._look()
        asked = state.wanted_scoring
        if state.preview_id is None:
            return
        state = await self._until(state, lambda now: now.scored_scoring >= asked, self._patience.scores_s)
        if state.scored_scoring < asked:
            raise UnavailableError(_BEING_SCORED)

    async def _until(self, state: State, enough: Callable[[State], bool], within_s: float) -> State:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while not enough(state) and loop.time() < deadline:
            await asyncio.sleep(self._patience.look_again_s)
            state = await self._look_together()
        return state

    async def _look_together(self) -> State:
        """Also what somebody else has just begun to read: older than the question, hence `asked`."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> State:
        async with self._db.connect() as conn:
            return await queries.state(conn)


def _is_true(state: State, asked: int) -> bool:
    """What was wanted before the question is shown. What came since does not count, or a busy day would never end."""
    return state.scored_scoring >= asked and bool(state.bodies)
