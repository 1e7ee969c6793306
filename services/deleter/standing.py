"""What is known about an item when its turn comes, and whether that still allows a deletion. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from libs.common.deletions.force import Override
from libs.common.deletions.job import Job
from libs.common.domain.enums import ACTS_ALONE, ExecutionMode, Trigger


@dataclass(frozen=True, slots=True)
class Standing:
    """Facts about an item together with its seasons, or with its show, as they are stored now."""

    is_known: bool
    """The catalogue has it; if not, only its source can tell whether it still exists."""
    is_scored: bool
    """The current preview says whether rules protect it."""
    is_protected: bool
    snoozed_at: datetime | None
    """When the newest of the snoozes that are not over began."""
    last_played: datetime | None
    play_count: int | None = None
    """Of the item itself; None when it is not known."""
    score: float | None = None
    """Of the item itself in the current preview; None when it is not scored."""
    is_in_doubt: bool = False
    """A run would not delete it unasked now, for want of facts."""


def objection(
    standing: Standing, trigger: Trigger, queued_at: datetime, forced: Collection[Override] = ()
) -> str | None:
    """Why the job has to be cancelled, as a sentence; None when nothing speaks against it.

    `forced`: what a person overrode when asking for it. A later snooze is a person's word too, and counts.
    """
    if standing.is_protected and Override.PROTECTION not in forced:
        return "an always_keep rule protects it"
    if standing.snoozed_at is not None and (Override.SNOOZE not in forced or standing.snoozed_at > queued_at):
        return "it was snoozed after it had been queued"
    if trigger is not Trigger.USER and standing.last_played is not None and standing.last_played > queued_at:
        return "it was played after it had been queued"
    return None


def lacks_facts(standing: Standing, job: Job) -> bool:
    """Whether nobody was asked about the job, and too little is known by now to go on without (S-10, S-25).

    It waits and keeps its place in line, as an item does that a run holds for want of evidence (S-06).
    """
    return standing.is_in_doubt and job.trigger is Trigger.ENGINE and job.enqueued_mode in ACTS_ALONE


def has_fallen(standing: Standing, job: Job) -> bool:
    """Whether an item that the engine chose by itself is worth more to its owner than when it was chosen.

    A member of a collection carries the score of the one that brought it, so that its own tells nothing.
    """
    is_own_choice = job.trigger is Trigger.ENGINE and job.enqueued_mode is ExecutionMode.AUTO
    return is_own_choice and not job.collection_group and standing.score is not None and standing.score < job.score
