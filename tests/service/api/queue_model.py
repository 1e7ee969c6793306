"""What both queues must do, said again in plain Python: the model that the machine compares the real thing with."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from libs.common.domain.enums import ExecutionMode

DELAY = timedelta(seconds=30)
SNOOZE = timedelta(hours=24)


@dataclass(frozen=True)
class Span:
    """A moment that is known only to lie between two others: the gateway reads the clock after we do."""

    first: datetime
    last: datetime

    def later(self, by: timedelta) -> "Span":
        return Span(self.first + by, self.last + by)

    def has_come(self, now: "Span") -> bool | None:
        """None: it may have."""
        if self.last <= now.first:
            return True
        return False if self.first > now.last else None


@dataclass(frozen=True)
class Item:
    """A movie of the library. `group` is the name of its disk group; scores differ, so that order is clear."""

    key: str
    title: str
    group: str
    score: float
    collection: str = ""


@dataclass
class Row:
    """A row of the approval queue. `id` is learned when the row is first seen."""

    item: Item
    status: str
    until: Span | None = None
    is_persons: bool = False
    collection: str = ""
    id: int = 0


@dataclass
class Job:
    """A waiting deletion."""

    item: Item
    mode: ExecutionMode
    is_simulated: bool
    is_rehearsal: bool
    due: Span
    approval: Row | None = None
    is_persons: bool = False
    id: int = 0


@dataclass
class Model:
    """Everything that can be seen from outside. Each method is one thing that happens; it answers the status code."""

    items: Mapping[str, Item]
    modes: dict[str, ExecutionMode]
    enabled: bool = True
    jobs: dict[str, Job] = field(default_factory=dict)
    open: dict[str, Row] = field(default_factory=dict)
    snoozed: dict[str, Row] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    audit: list[tuple[str, str]] = field(default_factory=list)
    rehearsed: set[str] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)

    # what the engine does

    def run(self, chosen: Iterable[str], now: Span) -> None:
        """A cycle that chooses these items: snoozes that are over end, and each group goes by its mode."""
        self._end_snoozes(now)
        for group, mode in self.modes.items():
            picked = [self.items[key] for key in chosen if self.items[key].group == group and key not in self.snoozed]
            if mode is ExecutionMode.APPROVAL:
                self._list(group, picked)
                continue
            self._drop_others(group, ())
            for item in picked:
                is_rehearsal = mode is ExecutionMode.DRY_RUN
                self._queue(item, mode, now, is_simulated=is_rehearsal or not self.enabled, is_rehearsal=is_rehearsal)

    def _end_snoozes(self, now: Span) -> None:
        over = [key for key, row in self.snoozed.items() if row.until is not None and row.until.has_come(now)]
        for key in over:
            row = self.snoozed.pop(key)
            row.status, row.until = "pending", None
            self.open.setdefault(key, row)
        if over:
            self.told["approval_bulk_unsnoozed"] += 1

    def _list(self, group: str, picked: Iterable[Item]) -> None:
        wanted = {item.key: item for item in picked if item.key not in self.jobs}
        for key, item in wanted.items():
            row = self.open.setdefault(key, Row(item, "pending"))
            if row.status == "pending":
                row.collection = item.collection
        self._drop_others(group, wanted)

    def _drop_others(self, group: str, kept: Iterable[str]) -> None:
        dropped = [
            key
            for key, row in self.open.items()
            if row.item.group == group and row.status == "pending" and not row.is_persons and key not in kept
        ]
        for key in dropped:
            del self.open[key]
        if dropped:
            self.told["approval_queue_reconciled"] += 1

    def _queue(
        self,
        item: Item,
        mode: ExecutionMode,
        now: Span,
        *,
        is_simulated: bool,
        is_rehearsal: bool = False,
        approval: Row | None = None,
        is_persons: bool = False,
    ) -> None:
        if item.key in self.jobs:
            return
        self.jobs[item.key] = Job(item, mode, is_simulated, is_rehearsal, now.later(DELAY), approval, is_persons)
        self.told["deletion_queued"] += 1

    # what a person does to the deletion queue

    def cancel(self, key: str, now: Span) -> int:
        if key not in self.jobs:
            return 404
        self._end(key, "cancelled")
        for job in self.jobs.values():
            self._restart(job, now)
        return 200

    def cancel_by_title(self, title: str, now: Span) -> int:
        fitting = [key for key, job in self.jobs.items() if job.item.title == title]
        if len(fitting) > 1:
            return 409
        return self.cancel(fitting[0] if fitting else "", now)

    def snooze(self, key: str, now: Span) -> int:
        job = self.jobs.get(key)
        status = self.cancel(key, now)
        if status == 200 and job is not None:
            collection = job.approval.collection if job.approval else ""
            new = Row(self.items[key], "", is_persons=job.is_persons, collection=collection)
            row = self.open.pop(key, None) or self.snoozed.get(key) or new
            row.status, row.until = "rejected", now.later(SNOOZE)
            self.snoozed[key] = row
            self.told["approval_rejected"] += 1
        return status

    def clear_jobs(self) -> int:
        """Answers how many."""
        waiting = [*self.jobs]
        for key in waiting:
            self._end(key, "cancelled")
        return len(waiting)

    def _restart(self, job: Job, now: Span) -> None:
        has_come = job.due.has_come(now)
        anew = now.later(DELAY)
        if has_come is False:
            job.due = Span(max(job.due.first, anew.first), max(job.due.last, anew.last))
        elif has_come is None:
            job.due = Span(job.due.first, max(job.due.last, anew.last))

    def delete(self, keys: Iterable[str], now: Span) -> list[str]:
        """A person wants these items deleted; answers what is queued or waits for an approval now."""
        done: list[str] = []
        for key in keys:
            item, row = self.items[key], self.open.get(key)
            mode = self.modes[item.group]
            is_asked = mode is ExecutionMode.APPROVAL
            if key in done or key in self.jobs or self._is_asleep(key, now):
                continue
            if is_asked and row is not None and row.status == "approved":
                continue
            done.append(key)
            if is_asked:
                self.open.setdefault(key, Row(item, "pending")).is_persons = True
            else:
                is_simulated = mode is ExecutionMode.DRY_RUN or not self.enabled
                self._queue(item, mode, now, is_simulated=is_simulated, is_persons=True)
        return done

    def _is_asleep(self, key: str, now: Span) -> bool:
        row = self.snoozed.get(key)
        return row is not None and row.until is not None and not row.until.has_come(now)

    # what a person sets

    def set_enabled(self, *, enabled: bool) -> None:
        was, self.enabled = self.enabled, enabled
        if was and not enabled:
            self.clear_jobs()

    def set_mode(self, group: str, mode: ExecutionMode) -> None:
        if self.modes[group] is not mode:
            self.modes[group] = mode
            for key in [key for key, job in self.jobs.items() if job.item.group == group]:
                self._end(key, "cancelled")

    # what a person says to the approval queue

    def approve(self, key: str, now: Span) -> int:
        if not self.enabled:
            return 409
        row = self.open.get(key)
        if row is None:
            return 400 if key in self.snoozed else 404
        if row.status != "pending":
            return 400
        if row.collection and (len(self.waiting_of(row.collection)) > 1 or self._is_divided(row.collection, now)):
            return 409
        return self._approve([row], now)

    def approve_collection(self, name: str, now: Span) -> int:
        if not self.enabled:
            return 409
        rows = self.waiting_of(name)
        if not rows:
            return 404
        if self._is_divided(name, now):
            return 409
        return self._approve(rows, now)

    def _is_divided(self, collection: str, now: Span) -> bool:
        asleep = [row for key, row in self.snoozed.items() if self._is_asleep(key, now)]
        queued = [row for row in self.open.values() if row.status == "approved"]
        return any(row.collection == collection for row in (*asleep, *queued))

    def _approve(self, rows: list[Row], now: Span) -> int:
        if any(row.item.key in self.jobs for row in rows):
            return 409
        for row in rows:
            row.status = "approved"
            mode = self.modes[row.item.group]
            self._queue(row.item, mode, now, is_simulated=mode is ExecutionMode.DRY_RUN, approval=row)
            self.told["approval_approved"] += 1
        return 200

    def reject(self, key: str, now: Span) -> int:
        row = self.open.get(key)
        if row is None:
            return 400 if key in self.snoozed else 404
        if row.status != "pending":
            return 400
        self._reject(row, now)
        return 200

    def reject_collection(self, name: str, now: Span) -> int:
        rows = self.waiting_of(name)
        for row in rows:
            self._reject(row, now)
        return 200 if rows else 404

    def _reject(self, row: Row, now: Span) -> None:
        """An older snooze of the same item goes."""
        del self.open[row.item.key]
        row.status, row.until = "rejected", now.later(SNOOZE)
        self.snoozed[row.item.key] = row
        self.told["approval_rejected"] += 1

    def unsnooze(self, key: str) -> int:
        row = self.snoozed.get(key)
        if row is None:
            return 400 if key in self.open else 404
        if key in self.open:
            return 409
        del self.snoozed[key]
        row.status, row.until = "pending", None
        self.open[key] = row
        self.told["approval_unsnoozed"] += 1
        return 200

    def dismiss(self, key: str) -> int:
        row = self.row_of(key)
        if row is None:
            return 404
        if row.status == "approved":
            return 400
        (self.open if key in self.open else self.snoozed).pop(key)
        self.told["approval_dismissed"] += 1
        return 200

    def clear_approvals(self) -> int:
        """Answers how many."""
        dropped = [key for key, row in self.open.items() if row.status == "pending"]
        count = len(dropped) + len(self.snoozed)
        for key in dropped:
            del self.open[key]
        self.snoozed.clear()
        if count:
            self.told["approval_queue_cleared"] += 1
        return count

    def row_of(self, key: str) -> Row | None:
        """The row a person would point at: the open one, else the snooze."""
        return self.open.get(key) or self.snoozed.get(key)

    def waiting_of(self, collection: str) -> list[Row]:
        return [row for row in self.open.values() if row.collection == collection and row.status == "pending"]

    # what the deleter does

    def due(self, now: Span) -> tuple[list[str], list[str]]:
        """The items whose jobs must end now, and those whose jobs may."""
        states = {key: job.due.has_come(now) for key, job in self.jobs.items()}
        return [key for key, is_due in states.items() if is_due], [key for key, due in states.items() if due is None]

    def work(self, key: str, now: Span, *, is_refused: bool) -> None:
        """The job of this item ends; `is_refused`: its upstream declines every delete."""
        job = self.jobs[key]
        if job.mode is ExecutionMode.DRY_RUN:
            self._end(key, "dry_run")
        elif job.is_simulated or not self.enabled:
            self._end(key, "dry_delete")
        elif self._is_asleep(key, now):
            self._end(key, "cancelled")
        elif is_refused and key not in self.gone:
            self.told["deletion_failed"] += 1
            self._return(self.jobs.pop(key))
        else:
            self._end(key, "deleted")

    def _end(self, key: str, action: str) -> None:
        job = self.jobs.pop(key)
        self.told[_EVENT[action]] += 1
        if not (action == "dry_run" and job.is_rehearsal and key in self.rehearsed):
            self.audit.append((key, action))
        if action == "dry_run" and job.is_rehearsal:
            self.rehearsed.add(key)
        if action == "deleted":
            self.open.pop(key, None)
            self.gone += [key] if key not in self.gone else []
        else:
            self._return(job)

    def _return(self, job: Job) -> None:
        if job.approval is not None:
            job.approval.status = "pending"
            self.told["approval_returned_to_pending"] += 1

    # what is to be seen

    @property
    def listed_jobs(self) -> list[Job]:
        """Waiting deletions in the order in which they would be claimed."""
        return sorted(self.jobs.values(), key=lambda job: -job.item.score)

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The approval queue: item and status of each row. An item may wait beside an older snooze of its own."""
        return sorted((row.item.key, row.status) for row in (*self.open.values(), *self.snoozed.values()))

    @property
    def places(self) -> dict[str, str]:
        """What the preview says of each item that stands somewhere (`queueStatus`)."""
        shown = {key: "user_initiated" if row.is_persons else row.status for key, row in self.open.items()}
        return shown | {key: "deleting" for key, job in self.jobs.items() if not job.is_simulated}


_EVENT = {
    "cancelled": "deletion_cancelled",
    "dry_run": "deletion_dry_run",
    "dry_delete": "deletion_dry_run",
    "deleted": "deletion_success",
}
