"""Whether each announced delete call was allowed at its moment, by all that had been acknowledged before. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from tests.chaos.schedules.aftermath import Aftermath
from tests.chaos.schedules.journal import Move
from tests.chaos.schedules.record import Record, are_kin

_TOLD_FOR = timedelta(seconds=3.2)
"""The deleter asks who is watching at most every three seconds; real time."""


def broken_words(record: Record, after: Aftermath) -> Iterator[str]:
    """Announcements that somebody's acknowledged word forbade, and jobs that a clearing left in the queue."""
    for move in after.moves:
        if move.is_announcement:
            yield from (f"{move}: {reason}" for objection in _OBJECTIONS if (reason := objection(record, move)))
    yield from _interrupted(record, after.moves)
    yield from _survivors(record, after.moves)


def _mode(record: Record, move: Move) -> str | None:
    possible = record.mode.possible_at(move.at)
    if move.enqueued_mode == "dry-run" or move.enqueued_mode not in possible:
        return f"queued in mode {move.enqueued_mode}, and the mode was {' or '.join(sorted(possible))}"
    return None


def _switch(record: Record, move: Move) -> str | None:
    if True not in record.switch.possible_at(move.at):
        return "deletions had been switched off"
    return "it had been queued to be simulated" if move.force_dry_run else None


def _snooze(record: Record, move: Move) -> str | None:
    for snoozed in record.snoozed:
        is_meant = snoozed.integration_id == move.integration_id and are_kin(snoozed.external_id, move.external_id)
        lasts = move.started_at is None or move.started_at < snoozed.until
        if is_meant and snoozed.acked_at <= move.at and lasts and not record.may_be_awake(snoozed, move.at):
            return f"{snoozed.external_id} had been snoozed at {snoozed.acked_at:%H:%M:%S.%f}"
    return None


def _rule(record: Record, move: Move) -> str | None:
    for kept in record.kept:
        is_meant = kept.integration_id == move.integration_id and are_kin(kept.external_id, move.external_id)
        lasts = kept.removal_sent_at is None or move.at < kept.removal_sent_at
        if is_meant and kept.acked_at <= move.at and lasts:
            return f"rule {kept.rule_id} kept {kept.external_id} since {kept.acked_at:%H:%M:%S.%f}"
    return None


def _cancelled(record: Record, move: Move) -> str | None:
    for cancelled in record.cancelled:
        if cancelled.job_id == move.job_id and cancelled.acked_at <= move.at:
            return f"the job had been cancelled at {cancelled.acked_at:%H:%M:%S.%f}"
    return None


def _played(record: Record, move: Move) -> str | None:
    """A person who names an item may have played it just before."""
    for played in record.played:
        is_meant = (played.integration_id, played.external_id) == (move.integration_id, move.external_id)
        is_later = move.created_at is not None and played.played_at > move.created_at
        if move.trigger != "user" and is_meant and is_later and played.seen_at <= move.at:
            return f"{played.external_id} was played behind its queueing, known since {played.seen_at:%H:%M:%S.%f}"
    return None


def _consent(record: Record, move: Move) -> str | None:
    asked = [word for word in record.approved if word.sent_at <= move.at]
    item = move.integration_id, move.external_id
    if move.trigger != "approval" or any((word.integration_id, word.external_id) == item for word in asked):
        return None
    together = move.collection_group and any(word.collection == move.collection_group for word in asked)
    return None if together else "nobody had approved it"


Objection = Callable[[Record, Move], str | None]

OBJECTIONS_TO_ITEMS: Sequence[Objection] = (_snooze, _rule, _cancelled, _played)
"""What was said about, or done with, this item or this job alone."""

_OBJECTIONS: Sequence[Objection] = (_mode, _switch, _consent, *OBJECTIONS_TO_ITEMS)


def _interrupted(record: Record, moves: Sequence[Move]) -> Iterator[str]:
    """Delete calls for what somebody was watching, already when the media server was asked at the earliest."""
    claimed_at: dict[int, datetime] = {}
    for move in moves:
        if move.state == "claimed":
            claimed_at[move.job_id] = move.at
        for watched in record.watched if move.is_announcement else ():
            asked_at = claimed_at.get(move.job_id, move.at) - _TOLD_FOR
            is_meant = watched.integration_id == move.integration_id and are_kin(watched.external_id, move.external_id)
            if is_meant and watched.since <= asked_at and (watched.until is None or move.at <= watched.until):
                yield f"{move}: somebody was watching {watched.external_id} since {watched.since:%H:%M:%S.%f}"


def _survivors(record: Record, moves: Sequence[Move]) -> Iterator[str]:
    """Jobs that waited before a clearing was asked for, and still did when it was answered."""
    for cleared in record.cleared:
        if cleared.acked_at is None:
            continue
        last: dict[int, Move] = {}
        for move in moves:
            if move.at <= cleared.acked_at:
                last[move.job_id] = move
        for move in last.values():
            if move.state == "waiting" and move.at < cleared.sent_at:
                yield f"{move}: still waiting when the queue had been cleared at {cleared.acked_at:%H:%M:%S.%f}"
