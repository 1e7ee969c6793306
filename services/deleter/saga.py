"""One real deletion, step by step: look, re-check, unmonitor, announce, delete, verify, write down.

Each step may be the last one: what the row says then is enough to go on from.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from itertools import chain, repeat

import structlog

from libs.common.db import Database
from libs.common.domain.enums import HoldCode, MediaType
from libs.integrations.errors import (
    ErrorClass,
    OutcomeUnknownError,
    PlanOutdatedError,
    UpstreamError,
    UpstreamGoneError,
    UpstreamRefusedError,
)
from libs.integrations.models import ItemState
from services.deleter.claim import LEASE_S
from services.deleter.claimed import Claimed
from services.deleter.failure import EXPECTED, INTERRUPTED, UNKNOWABLE, Failure
from services.deleter.lease import kept_alive
from services.deleter.look import Look
from services.deleter.outcomes import Outcomes
from services.deleter.playing import HeldUp
from services.deleter.shown import other_installation
from services.deleter.upstreams import Upstream, Upstreams

log = structlog.get_logger(__name__)

_LOOKS_S = (0.2, 0.5, 1.0, 2.0)
"""Real time between two looks; the last one repeats."""

_ASK_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Real seconds until an item that is still there counts as not deleted.

    `accepted_s`: files go after the answer, within a minute (integrations.md 19.1). `unclear_s`: a call that got no
    answer may still be running at the other end.
    """

    accepted_s: float = 60.0
    unclear_s: float = 10.0


PATIENCE = Patience()


class _Called(Enum):
    """What the delete call told."""

    ACCEPTED = auto()
    UNCLEAR = auto()
    ANSWERED_BADLY = auto()
    GONE = auto()
    OVER = auto()
    """Nothing was deleted, and that is written down already."""


class Saga:
    """Carries out claimed jobs. `stopping` is set when the process is to end: then nothing new is begun."""

    def __init__(
        self,
        db: Database,
        upstreams: Upstreams,
        outcomes: Outcomes,
        look: Look,
        stopping: asyncio.Event,
        *,
        lease_s: float = LEASE_S,
        patience: Patience = PATIENCE,
    ) -> None:
        self._db = db
        self._upstreams = upstreams
        self._outcomes = outcomes
        self._look = look
        self._stopping = stopping
        self._lease_s = lease_s
        self._patience_s = {_Called.ACCEPTED: patience.accepted_s, _Called.UNCLEAR: patience.unclear_s}

    async def carry_out(self, claimed: Claimed) -> None:
        """To its end, or to where it cannot go on now. Only an error of the database comes out."""
        async with kept_alive(self._db, claimed, self._lease_s):
            try:
                if claimed.is_interrupted:
                    await self._find_out(claimed)
                else:
                    await self._delete(claimed)
            except EXPECTED as exc:
                await self._failed(claimed, Failure.of(exc), claimed.began_at)

    async def _find_out(self, claimed: Claimed) -> None:
        """Its former worker is gone: ask what became of the call, and assume nothing (T8)."""
        elsewhere = other_installation(claimed.job, claimed.source)
        if elsewhere is not None:
            failure = Failure(f"nobody can say any more whether it was deleted: {elsewhere}", UNKNOWABLE)
            await self._failed(claimed, failure, claimed.began_at)
            return
        try:
            state = await self._upstreams.of(claimed.source).deleter.item_state(claimed.target)
        except EXPECTED as exc:
            log.warning("interrupted deletion not cleared up yet", title=claimed.job.title, error=str(exc))
            await self._outcomes.unanswered(claimed, _ASK_AGAIN_S, Failure.of(exc).text)
            return
        if state is None:
            await self._deleted(claimed)
        else:
            failure = Failure("the call was interrupted, and the item is still there", INTERRUPTED)
            await self._failed(claimed, failure, claimed.began_at)

    async def _delete(self, claimed: Claimed) -> None:
        upstream = self._upstreams.of(claimed.source)
        state = await upstream.deleter.item_state(claimed.target)
        if state is None:
            await self._gone(claimed)
            return
        if await self._is_kept(claimed, state, upstream) or await self._is_held_up(claimed):
            return
        if claimed.job.media_type is MediaType.SEASON and claimed.settings.unmonitor_seasons and state.monitored:
            # shows and movies leave the upstream altogether; a season would be fetched again (S-18)
            await upstream.deleter.unmonitor(claimed.target)
        if self._stopping.is_set():
            await self._outcomes.put_back(claimed)
            return
        announced_at = await self._outcomes.announced(claimed)
        if announced_at is None:
            log.info("not called: the claim was lost, or is no longer what is wanted", job_id=claimed.job.id)
            return
        called = await self._call(claimed, state, upstream)
        if called is not _Called.OVER:
            await self._outcomes.called(claimed)
            await self._verify(claimed, upstream, called, announced_at)

    async def _is_kept(self, claimed: Claimed, state: ItemState, upstream: Upstream) -> bool:
        kept = await self._look.at(claimed, state, upstream)
        if not kept:
            return False
        final = [one.reason for one in kept if not one.temporary]
        text = "; ".join(final or [one.reason for one in kept])
        log.info("item kept", title=claimed.job.title, reason=text)
        if final:
            await self._outcomes.cancelled(claimed, text)
        else:
            await self._outcomes.held(claimed, text)
        return True

    async def _is_held_up(self, claimed: Claimed) -> bool:
        """Whether it has to wait for its collection, or for somebody who is watching it."""
        kept = await self._look.at_companions(claimed)
        final = next((one.reason for one in kept if not one.temporary), None)
        held_up = HeldUp(kept[0].reason) if kept else await self._look.at_viewers(claimed)
        if final is not None:
            log.info("collection kept", title=claimed.job.title, reason=final)
            await self._outcomes.cancelled(claimed, final, because=final)
        elif held_up is not None:
            log.info("item held up", title=claimed.job.title, reason=held_up.reason)
            await self._wait(claimed, held_up)
        return final is not None or held_up is not None

    async def _wait(self, claimed: Claimed, held_up: HeldUp) -> None:
        if held_up.is_silence:
            await self._outcomes.held(claimed, held_up.reason, HoldCode.SESSIONS_UNKNOWN)
        else:
            await self._outcomes.held_up(claimed, held_up.reason)

    async def _call(self, claimed: Claimed, state: ItemState, upstream: Upstream) -> _Called:
        """The one call. A decline is certain not to have deleted anything; everything unclear is asked about."""
        exclusion = claimed.job.add_import_exclusion
        try:
            await upstream.deleter.delete(claimed.target, planned=state, add_import_exclusion=exclusion)
        except UpstreamGoneError:
            return _Called.GONE
        except PlanOutdatedError as exc:
            await self._outcomes.cancelled(claimed, str(exc))
        except OutcomeUnknownError as exc:
            log.warning("outcome of a delete not known, asking", title=claimed.job.title, error=str(exc))
            return _Called.UNCLEAR if exc.status is None else _Called.ANSWERED_BADLY
        except UpstreamRefusedError as exc:
            if exc.error_class is ErrorClass.ROOT_FOLDER_MISSING:
                await self._outcomes.held(claimed, str(exc))
            else:
                await self._failed(claimed, Failure.of(exc), claimed.began_at)
        except UpstreamError as exc:
            await self._failed(claimed, Failure.of(exc), claimed.began_at)
        else:
            return _Called.ACCEPTED
        return _Called.OVER

    async def _verify(self, claimed: Claimed, upstream: Upstream, called: _Called, announced_at: datetime) -> None:
        try:
            is_there = await self._is_there(claimed, upstream, self._patience_s.get(called, 0.0))
        except EXPECTED as exc:
            await self._outcomes.unanswered(claimed, _ASK_AGAIN_S, Failure.of(exc).text)
            return
        if is_there is None:
            await self._outcomes.unanswered(claimed, 0.0, "stopped while it was being verified")
        elif is_there:
            await self._failed(claimed, _still_there(called), announced_at)
        elif called is _Called.GONE:
            await self._gone(claimed)
        else:
            await self._deleted(claimed)

    async def _is_there(self, claimed: Claimed, upstream: Upstream, patience_s: float) -> bool | None:
        """Look until the item is gone or patience ends; None when we are to stop before that."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        for pause_s in chain(_LOOKS_S, repeat(_LOOKS_S[-1])):
            if await upstream.deleter.item_state(claimed.target) is None:
                return False
            if loop.time() + pause_s > deadline:
                break
            if self._stopping.is_set():
                return None
            await asyncio.sleep(pause_s)
        return True

    async def _gone(self, claimed: Claimed) -> None:
        """Gone after a call of ours that may have worked: ours. Gone before: somebody else's."""
        if claimed.began_at is not None:
            await self._deleted(claimed)
        else:
            log.info("item was gone already", title=claimed.job.title)
            await self._outcomes.found_gone(claimed)

    async def _deleted(self, claimed: Claimed) -> None:
        if await self._outcomes.deleted(claimed):
            log.info("deleted", title=claimed.job.title, size_bytes=claimed.job.size_bytes)

    async def _failed(self, claimed: Claimed, failure: Failure, began_at: datetime | None) -> None:
        log.warning("deletion failed", title=claimed.job.title, error=failure.text, error_class=failure.error_class)
        await self._outcomes.failed(claimed, failure, began_at)


def _still_there(called: _Called) -> Failure:
    if called is _Called.ACCEPTED:
        return Failure("the upstream accepted the deletion, but the item is still there", ErrorClass.BAD_RESPONSE)
    return Failure(
        "the deletion got no clear answer, and the item is still there", ErrorClass.SERVER_ERROR, is_trouble=True
    )
