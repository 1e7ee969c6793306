"""The verdict over a schedule: every way in which the product broke its word, as sentences. Pure.

`allowed.py` holds what may be announced when, `whole.py` what leaves together; this module, what the ledger and the
books say.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from libs.simulator.ledger import Entry
from tests.chaos.schedules.aftermath import Aftermath, JobRow
from tests.chaos.schedules.allowed import broken_words
from tests.chaos.schedules.journal import Move
from tests.chaos.schedules.record import Record
from tests.chaos.schedules.whole import torn_collections
from tests.harness.expectations import deleted_targets

ALREADY_GONE = "already_gone"
_AT_REST = frozenset({"deleted", "simulated", "cancelled", "failed"})

Target = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Removal:
    """One target that the ledger says was removed; `behind` counts the ledger's entries up to it."""

    target: Target
    entry: Entry
    behind: int
    freed_bytes: int
    file_ids: frozenset[int]


def verdict(record: Record, after: Aftermath) -> list[str]:
    """All violations; an empty list is the only acquittal."""
    return [sentence for check in CHECKS for sentence in check(record, after)]


def removals_of(ledger: Sequence[Entry]) -> list[Removal]:
    """What was removed, in order."""
    found = []
    for behind, entry in enumerate(ledger, start=1):
        for target in deleted_targets([entry]):
            effects = [effect for effect in entry.effects if effect.files or effect.kind.endswith("_deleted")]
            found.append(
                Removal(
                    target=target,
                    entry=entry,
                    behind=behind,
                    freed_bytes=sum(effect.freed_bytes for effect in effects),
                    file_ids=frozenset(number for effect in effects for number in effect.file_ids),
                )
            )
    return found


def _announced_in_vain(record: Record, after: Aftermath) -> Iterator[str]:
    yield from broken_words(record, after)


def _nothing_twice(_: Record, after: Aftermath) -> Iterator[str]:
    removals = removals_of(after.ledger)
    for target, count in Counter(removal.target for removal in removals).items():
        if count > 1:
            yield f"{target} was removed {count} times"


def _nothing_unannounced(_: Record, after: Aftermath) -> Iterator[str]:
    """Whatever went, somebody had decided exactly that: no wider and no other target (S-01)."""
    announced = {_target(after, move) for move in after.moves if move.is_announcement}
    for removal in removals_of(after.ledger):
        if removal.target not in announced:
            yield f"{removal.target} was removed, and no job had announced that"


def _nothing_protected(record: Record, after: Aftermath) -> Iterator[str]:
    young = after.library.young_files | {(came.instance, number) for came in record.arrived for number in came.file_ids}
    last = {_target(after, move): move for move in after.moves if move.is_announcement}
    for removal in removals_of(after.ledger):
        if removal.target in after.library.kept:
            yield f"{removal.target} was removed, and its tag protected it all the time"
        if removal.target in last and last[removal.target].trigger != "engine":
            continue  # a person's own decision goes by what was seen, not by age
        gone = {(removal.target[0], number) for number in removal.file_ids} & young
        if gone:
            yield f"{removal.target} was removed with files younger than the minimum age: {sorted(gone)}"


def _collections_whole(record: Record, after: Aftermath) -> Iterator[str]:
    yield from torn_collections(record, after, {removal.target for removal in removals_of(after.ledger)})


def _within_budget(_: Record, after: Aftermath) -> Iterator[str]:
    """A run answers for what it chose, not for what people decided and is credited to it.

    A collection may reach beyond the budget by its largest member only (S-14), and so by no more than the largest item.
    """
    chosen = [job for job in after.jobs if _is_ours(job) and job.trigger == "engine"]
    for run in after.runs:
        sizes = [job.size_bytes for job in chosen if job.run_id == run.id]
        if sizes and sum(sizes) > run.bytes_to_free + max(sizes):
            yield f"run {run.id} had to free {run.bytes_to_free} bytes and deleted {sum(sizes)}"


def _target_plus_one_unit(record: Record, after: Aftermath) -> Iterator[str]:
    """By the true disk: the engine's choices end at most one unit below a target that was in force.

    Not "each begins above it": the unit that crosses the target may be the first one in its lane, before better ones
    of the other lane. A collection is one unit. A promised delete that came late counts as not yet done: the product
    may have given it up.
    """
    last = {_target(after, move): move for move in after.moves if move.is_announcement}
    removals = removals_of(after.ledger)
    unit = _largest_unit(after, removals)
    for removal in removals:
        move = last.get(removal.target)
        if move is None or move.trigger != "engine":
            continue
        left = _used_before(record, after, removal) - removal.freed_bytes
        target = min(pct for _, pct in record.need.possible_at(move.at)) * after.library.total_bytes / 100
        if left < target - unit:
            yield f"{removal.target} was removed and left {left} bytes in use; the target is {target:.0f}"


def _largest_unit(after: Aftermath, removals: Sequence[Removal]) -> int:
    freed = Counter({removal.target: removal.freed_bytes for removal in removals})
    together = [sum(freed[member] for member in members) for members in after.library.collections.values()]
    return max([*freed.values(), *together], default=0)


def _used_before(record: Record, after: Aftermath, removal: Removal) -> int:
    came = sum(each.size_bytes for each in record.arrived if each.behind < removal.behind)
    freed = sum(
        other.freed_bytes
        for other in removals_of(after.ledger)
        if other.behind < removal.behind and not other.entry.deferred
    )
    return after.library.used_bytes + came - freed


def _audited_once(_: Record, after: Aftermath) -> Iterator[str]:
    removed = {removal.target for removal in removals_of(after.ledger)}
    late = _given_up(after)
    for target in removed - late:
        if after.audit[target] != 1:
            yield f"{target} was removed, and the audit log has {after.audit[target]} entries about it"
    for target in late:
        if after.audit[target] > 1:
            yield f"{target} was removed, and the audit log has {after.audit[target]} entries about it"
    for target in after.audit.keys() - removed:
        yield f"the audit log says that {target} was deleted; it was not"


def _counted_once(_: Record, after: Aftermath) -> Iterator[str]:
    ours = [job for job in after.jobs if _is_ours(job)]
    expected = (len(ours), sum(job.size_bytes for job in ours))
    if after.lifetime != expected:
        yield f"lifetime stats say {after.lifetime} items and bytes; by the jobs it is {expected}"
    removed = {removal.target for removal in removals_of(after.ledger)}
    by_jobs = {(after.instances.get(job.integration_id, ""), job.external_id) for job in ours}
    if by_jobs - removed:
        yield f"jobs say that {sorted(by_jobs - removed)} were deleted by us; the ledger does not"
    if removed - by_jobs - _given_up(after):
        yield f"{sorted(removed - by_jobs - _given_up(after))} were removed, and no job says so"
    for run in after.runs:
        mine = [job.size_bytes for job in ours if job.run_id == run.id]
        if (run.deleted, run.freed_bytes - run.simulated_bytes) != (len(mine), sum(mine)):
            yield (
                f"run {run.id} counts {run.deleted} deletions and {run.freed_bytes - run.simulated_bytes} bytes; "
                f"by its jobs it is {len(mine)} and {sum(mine)}"
            )


def _everything_ended(_: Record, after: Aftermath) -> Iterator[str]:
    for job in after.jobs:
        if job.state not in _AT_REST:
            yield f"job {job.id} ({job.external_id}) is still {job.state}"
    for external_id in after.approved:
        yield f"the approval of {external_id} was neither executed nor returned"
    for batch in after.open_batches:
        yield f"batch {batch} was never completed"


def _told_once(_: Record, after: Aftermath) -> Iterator[str]:
    by_batch = {told.batch: told.events for told in after.told}
    for batch in after.batches:
        if by_batch.get(batch, 0) != 1:
            yield f"the end of batch {batch} was told {by_batch.get(batch, 0)} times"
    deletions = sum(told.events for told in after.told if told.type == "deletion_success")
    deleted = sum(job.state == "deleted" for job in after.jobs)
    if deletions != deleted:
        yield f"{deletions} deletions were told, and {deleted} jobs are deleted"
    for told in after.told:
        if told.fed != told.events:
            yield f"{told.events} events {told.type} {told.batch} were told, and the feed has {told.fed}"


CHECKS: Sequence[Callable[[Record, Aftermath], Iterator[str]]] = (
    _announced_in_vain,
    _nothing_twice,
    _nothing_unannounced,
    _nothing_protected,
    _collections_whole,
    _within_budget,
    _target_plus_one_unit,
    _audited_once,
    _counted_once,
    _everything_ended,
    _told_once,
)


def _is_ours(job: JobRow) -> bool:
    return job.state == "deleted" and job.last_error_class != ALREADY_GONE


def _given_up(after: Aftermath) -> set[Target]:
    """Targets that a lying upstream removed after all, when their job had already been called off: found gone at most.

    The delete call was allowed when it was made; what came of it was not known any more to anybody.
    """
    ours = {(after.instances.get(job.integration_id, ""), job.external_id) for job in after.jobs if _is_ours(job)}
    late = {removal.target for removal in removals_of(after.ledger) if removal.entry.deferred}
    return late - ours


def _target(after: Aftermath, move: Move) -> Target:
    return after.instances.get(move.integration_id, ""), move.external_id
