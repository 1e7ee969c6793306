"""What the owner asked for and was told in return, with real times: from it follows what was allowed at any moment."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Asked(Generic[V]):
    """One request. `acked_at` None: no answer came, so that it may or may not have been carried out."""

    value: V
    sent_at: datetime
    acked_at: datetime | None


@dataclass
class Setting(Generic[V]):
    """A setting over time. Requests for one setting are made one after the other; refused ones are not kept."""

    initial: V
    asked: list[Asked[V]] = field(default_factory=list)

    def possible_at(self, moment: datetime) -> set[V]:
        """The values that may have been in force: more than one only while a request is under way or unanswered."""
        possible = {self.initial}
        for change in self.asked:
            if change.sent_at > moment:
                break
            if change.acked_at is not None and change.acked_at <= moment:
                possible = {change.value}
            else:
                possible.add(change.value)
        return possible


@dataclass(frozen=True, slots=True)
class Snoozed:
    """Acknowledged at `acked_at`; `until` is business time."""

    integration_id: int
    external_id: str
    sent_at: datetime
    acked_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Unsnoozed:
    """Somebody asked for the end of an item's snooze. `acked_at` None: no answer came."""

    integration_id: int
    external_id: str
    sent_at: datetime
    acked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Approved:
    """Somebody asked for the deletion of an item that waited for it, or of a collection by its name."""

    sent_at: datetime
    integration_id: int = 0
    external_id: str = ""
    collection: str = ""


@dataclass
class Kept:
    """An always_keep rule for one title, in force from `acked_at` until somebody asked for its removal."""

    rule_id: int
    integration_id: int
    external_id: str
    acked_at: datetime
    removal_sent_at: datetime | None = None


@dataclass
class Watched:
    """Somebody watches an item, in real time; `until` None: to the end."""

    integration_id: int
    external_id: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """The catalogue said at `seen_at` that an item was last played at `played_at`, which is business time."""

    integration_id: int
    external_id: str
    played_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    """One job, by its id."""

    job_id: int
    acked_at: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """Bytes that came to the disk behind so many entries of the ledger, and the files that are too young to go."""

    behind: int
    size_bytes: int
    instance: str
    file_ids: frozenset[int]


@dataclass
class Record:
    """Everything acknowledged during one schedule. `need` is threshold and target in percent.

    `unanswered`: when something was asked about a single item or job, or for a clearing, that nobody answered. It may
    have been carried out, and it is not known about what.
    """

    mode: Setting[str] = field(default_factory=lambda: Setting("dry-run"))
    switch: Setting[bool] = field(default_factory=lambda: Setting(initial=True))
    need: Setting[tuple[int, int]] = field(default_factory=lambda: Setting((85, 75)))
    snoozed: list[Snoozed] = field(default_factory=list)
    unsnoozed: list[Unsnoozed] = field(default_factory=list)
    approved: list[Approved] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    cancelled: list[Cancelled] = field(default_factory=list)
    cleared: list[Asked[None]] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)
    played: list[Played] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)
    unanswered: list[datetime] = field(default_factory=list)

    def may_be_awake(self, snoozed: Snoozed, moment: datetime) -> bool:
        """Whether a snooze may have been ended by then: by a request that was under way behind it, or got no answer."""
        item = snoozed.integration_id, snoozed.external_id
        return any(
            (word.integration_id, word.external_id) == item
            and word.sent_at <= moment
            and (word.acked_at is None or word.acked_at >= snoozed.sent_at)
            for word in self.unsnoozed
        )


def family(external_id: str) -> str:
    """What a season and its show have in common."""
    return external_id.partition("-s")[0]


def are_kin(one: str, other: str) -> bool:
    """Whether what holds the one holds the other: the same item, or a show and a season of it (S-15, S-33)."""
    return one == other or (family(one) == family(other) and not ("-s" in one and "-s" in other))
