"""Whether collections left whole or not at all, unless somebody's word or a failure came between. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

from tests.chaos.schedules.aftermath import Aftermath
from tests.chaos.schedules.allowed import OBJECTIONS_TO_ITEMS
from tests.chaos.schedules.journal import Move
from tests.chaos.schedules.record import Asked, Record

Target = tuple[str, str]


def torn_collections(record: Record, after: Aftermath, removed: set[Target]) -> Iterator[str]:
    """Collections of which something went although a member had to stay, or something stayed for no reason.

    What a person names is no collection: such a deletion neither begins one nor has to wait for one.
    """
    for name, members in after.library.collections.items():
        announced = [move for move in _moves_of(after, members) if move.is_announcement and move.trigger != "user"]
        for move in announced:
            yield from _begun_in_spite(record, after, move, members - removed)
        staying = members - removed
        if staying and any(_target(after, move) in removed for move in announced):
            began_at = min(move.at for move in announced)
            if not _came_between(record, after, members, began_at):
                yield f"{name} was torn without reason, from {began_at:%H:%M:%S.%f}; {sorted(staying)} stayed"


def _begun_in_spite(record: Record, after: Aftermath, move: Move, staying: frozenset[Target]) -> Iterator[str]:
    """Once another member was announced in the same batch, keeping the rest would only tear the collection."""
    batch = [other for other in after.moves if other.batch_id == move.batch_id and other.at <= move.at]
    if any(other.is_announcement and other.job_id != move.job_id for other in batch if _shares(after, other, move)):
        return
    jobs = {_target(after, other): other.job_id for other in batch}
    for instance, external_id in staying - {_target(after, move)}:
        member = replace(move, external_id=external_id, job_id=jobs.get((instance, external_id), 0))
        reasons = [reason for objection in OBJECTIONS_TO_ITEMS if (reason := objection(record, member))]
        if (instance, external_id) in after.library.kept:
            reasons.append("its tag protected it all the time")
        yield from (f"{move}: {external_id}, of the same collection, had to stay: {reason}" for reason in reasons)


def _shares(after: Aftermath, one: Move, other: Move) -> bool:
    """Whether two jobs are about members of one collection."""
    pair = {_target(after, one), _target(after, other)}
    return any(pair <= members for members in after.library.collections.values())


def _came_between(record: Record, after: Aftermath, members: frozenset[Target], began_at: datetime) -> bool:
    """Whether anything that may stop a deletion was said or happened to one of these after the first one began."""
    moves = _moves_of(after, members)
    ids, jobs = {move.external_id for move in moves}, {move.job_id for move in moves}
    ended_at = max(move.at for move in moves)
    general = [
        (asked.sent_at, asked.acked_at or ended_at)
        for asked in chain[Asked[Any]](record.mode.asked, record.switch.asked, record.need.asked, record.cleared)
    ]
    words = [word.acked_at for word in record.snoozed if word.external_id in ids]
    words += [word.acked_at for word in record.kept if word.external_id in ids]
    words += [play.seen_at for play in record.played if play.external_id in ids]
    words += [word.acked_at for word in record.cancelled if word.job_id in jobs]
    return (
        bool(record.unanswered)
        or any(sent_at <= ended_at and acked_at >= began_at for sent_at, acked_at in general)
        or any(acked_at >= began_at for acked_at in words)
        or any(move.state == "failed" for move in moves)
    )


def _moves_of(after: Aftermath, members: frozenset[Target]) -> Sequence[Move]:
    return [move for move in after.moves if _target(after, move) in members]


def _target(after: Aftermath, move: Move) -> Target:
    return after.instances.get(move.integration_id, ""), move.external_id
