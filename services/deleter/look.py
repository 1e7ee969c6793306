"""The last look at upstreams before a deletion: at the item, and at those it would leave with."""

from dataclasses import replace

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.deletions.job import Job
from libs.integrations.models import ItemState
from services.deleter.claimed import Claimed
from services.deleter.companions import Others, has_begun, stays
from services.deleter.failure import EXPECTED, Failure
from services.deleter.playing import HeldUp, Playing
from services.deleter.queries_claim import load_source, neighbour, standing
from services.deleter.queries_companions import companions
from services.deleter.recheck import Kept, Sight, reasons_to_keep
from services.deleter.upstreams import Upstream, Upstreams


class Look:
    """Looks, and answers every reason to keep what it sees."""

    def __init__(self, db: Database, clock: Clock, upstreams: Upstreams, playing: Playing) -> None:
        self._db = db
        self._clock = clock
        self._upstreams = upstreams
        self._playing = playing

    async def at(self, claimed: Claimed, state: ItemState, upstream: Upstream) -> list[Kept]:
        """Reasons to keep the item itself. Raises `UpstreamError`."""
        safety = await upstream.safety()
        async with self._db.look() as conn:
            other = await neighbour(conn, claimed.job, state.path)
        return reasons_to_keep(Sight(claimed, state, safety, other, self._clock.now()))

    async def at_companions(self, claimed: Claimed) -> list[Kept]:
        """Reasons to keep the others of its collection, wherever they live; none once one of them has gone."""
        if not claimed.job.collection_group:
            return []
        async with self._db.look() as conn:
            others = await companions(conn, claimed.job)
        if has_begun(others):
            return []
        kept: list[Kept] = []
        for other in await self._as_claimed(claimed, others):
            found = await self._at_companion(other)
            kept += [replace(one, reason=stays(other.job.title, one.reason)) for one in found]
        return kept

    async def at_viewers(self, claimed: Claimed) -> HeldUp | None:
        """Why the item has to wait for somebody who watches it, or for who does not say; None when it need not."""
        return await self._playing.holds_up(claimed.job, claimed.settings)

    async def _as_claimed(self, claimed: Claimed, others: Others) -> list[Claimed]:
        """What a claim would hand out; nothing is leased, and nothing can be written with it."""
        found = []
        async with self._db.look() as conn:
            for row in others:
                job = Job.of_row(row)
                source = await load_source(conn, job.integration_id)
                if source is not None:
                    known = (await standing(conn, job, self._clock.now())).is_known
                    found.append(replace(claimed, job=job, source=source[0], fence=0, is_known=known))
        return found

    async def _at_companion(self, other: Claimed) -> list[Kept]:
        try:
            upstream = self._upstreams.of(other.source)
            state = await upstream.deleter.item_state(other.target)
            kept = [] if state is None else await self.at(other, state, upstream)
        except EXPECTED as exc:
            return [Kept(Failure.of(exc).text, temporary=True)]
        held_up = await self.at_viewers(other)
        return kept if held_up is None else [*kept, Kept(held_up.reason, temporary=True)]
