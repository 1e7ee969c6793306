"""What is known about an item when its turn comes, and whether that still allows a deletion. Pure."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.domain.enums import Trigger


@dataclass(frozen=True, slots=True)
class Standing:
    """Facts about an item together with its seasons, or with its show, as they are stored now."""

    is_known: bool
    """The catalogue has it; if not, only its source can tell whether it still exists."""
    is_scored: bool
    """The current preview says whether rules protect it."""
    is_protected: bool
    is_snoozed: bool
    last_played: datetime | None


def objection(standing: Standing, trigger: Trigger, queued_at: datetime) -> str | None:
    """Why the job has to be cancelled, as a sentence; None when nothing speaks against it."""
    if standing.is_protected:
        return "an always_keep rule protects it"
    if standing.is_snoozed:
        return "it was snoozed after it had been queued"
    if trigger is not Trigger.USER and standing.last_played is not None and standing.last_played > queued_at:
        return "it was played after it had been queued"
    return None
