"""Whether somebody watches an item now. Every server that may have it is asked, and no answer is not a no."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.deletions.job import Job
from libs.integrations.errors import ErrorClass
from services.deleter.claimed import Settings
from services.deleter.failure import EXPECTED, Failure
from services.deleter.queries_playing import Teller, tellers
from services.deleter.upstreams import Upstreams

ANSWERS_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class HeldUp:
    """Why an item has to wait. `is_silence`: a server did not answer, so every other item has to wait as well."""

    reason: str
    is_silence: bool = False


class Playing:
    """Asks the media servers, each once in a few seconds however many items are waiting."""

    def __init__(self, db: Database, clock: Clock, upstreams: Upstreams) -> None:
        self._db = db
        self._clock = clock
        self._upstreams = upstreams

    async def holds_up(self, job: Job, settings: Settings) -> HeldUp | None:
        """Why the item must not go now; None when nobody is watching it, or its owner does not mind."""
        if not settings.refuse_while_playing:
            return None
        since = self._clock.now() - timedelta(hours=settings.evidence_max_age_hours)
        async with self._db.look() as conn:
            asked = await tellers(conn, job, since)
        answers = await asyncio.gather(*(self._ask(teller) for teller in asked))
        return _worst([verdict(job.title, teller, answer) for teller, answer in zip(asked, answers, strict=True)])

    async def _ask(self, teller: Teller) -> frozenset[str] | Failure:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                return await self._upstreams.of(teller.source).now_playing()
        except EXPECTED as exc:
            return Failure.of(exc)
        except TimeoutError:
            return Failure("it did not answer in time", ErrorClass.TIMEOUT)


def verdict(title: str, teller: Teller, answer: frozenset[str] | Failure) -> HeldUp | None:
    """What one server's answer means for one item (pure)."""
    name = teller.source.name
    if isinstance(answer, Failure):
        return HeldUp(f"{name} cannot be asked who is watching: {answer.text}", is_silence=True)
    if answer & teller.native_ids:
        return HeldUp(f"somebody is watching {title} on {name}")
    if answer and not teller.native_ids and not teller.is_known_absent:
        return HeldUp(f"somebody is watching something on {name}, and it is not known whether it is {title}")
    return None


def _worst(found: Sequence[HeldUp | None]) -> HeldUp | None:
    """What is known about the item says more than a silence does."""
    reasons = sorted((each for each in found if each is not None), key=lambda each: each.is_silence)
    return reasons[0] if reasons else None
