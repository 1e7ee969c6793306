"""Every condition of being chosen, each with its figures: all of them passed is the only leave to delete (pure)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from libs.common.domain.enums import ApprovalStatus, HoldCode, MediaType
from libs.common.messaging.engine_questions import Gate, ItemHold
from services.engine.explain.case import Case
from services.engine.explain.sentences import day, gigabytes, listed, minute, number, points
from services.engine.modes import MODES
from services.engine.preview.item import HOLDS
from services.engine.questions.budgets import GroupBudget
from services.engine.selection.candidates import KeptBack
from services.engine.selection.eligibility import OF_COLLECTION, WHERE_NOBODY_ASKS, Why

DISK_GROUP, THRESHOLD, MODE, HOLDS_ON_GROUP, BUDGET = "disk_group", "threshold", "mode", "holds", "budget"
_ONLY_FOR = {
    Why.SHOW_HELD: MediaType.SEASON,
    Why.SEASON_HELD: MediaType.SHOW,
    Why.SEASONS_LISTED: MediaType.SHOW,
}


@dataclass(frozen=True, slots=True)
class _Sentences:
    passed: Callable[[Case], str]
    failed: Callable[[Case], str]


def gates_of(case: Case) -> list[Gate]:
    """The item's own gates first, then those of its disk group, its place in the byte budget last."""
    own = list(_own_gates(case))
    is_kept = case.kept_back is not None or not all(gate.passed for gate in own)
    return [*own, *_group_gates(case, is_kept=is_kept)]


def holds_of(gates: Iterable[Gate]) -> list[ItemHold]:
    """What the preview shows beside the item, with this item's figures."""
    shown = {why.value: temporary for why, (_, temporary) in HOLDS.items()}
    return [
        ItemHold(code=gate.code, message=gate.message, temporary=shown[gate.code])
        for gate in gates
        if not gate.passed and gate.code in shown
    ]


def verdict(case: Case, gates: list[Gate]) -> str:
    """One sentence: would a run that began now choose it, and why not."""
    reasons = [gate.message for gate in gates if not gate.passed]
    if reasons:
        return f"It would not be chosen in the next run: {'; '.join(reasons)}."
    mode = None if case.group is None else MODES.get(case.group.mode)
    if case.is_asked_about:
        return _asked(case)
    if mode is not None and mode.deletes and case.deletions_enabled:
        return "It would be chosen in the next run, and deleted after the grace period."
    return "It would be chosen in the next run; nothing would be deleted, the deletion is only simulated."


def _asked(case: Case) -> str:
    waits = case.queues.approval is not None and case.queues.approval.status is ApprovalStatus.PENDING
    chosen = "It waits for a person to approve it" if waits else "The next run would put it before a person"
    if not case.deletions_enabled:
        return f"{chosen}; it cannot be approved while deletions are switched off."
    return f"{chosen}; nothing is deleted unless one approves it."


def _own_gates(case: Case) -> Iterator[Gate]:
    for why in Why:
        if case.row.get(why) is None or _ONLY_FOR.get(why, case.row["media_type"]) != case.row["media_type"]:
            continue
        if why in OF_COLLECTION and case.row["unit"] is None:
            continue
        told = _TOLD.get(why, _Sentences(lambda _case: "it does not hold", _general(why)))
        stands = bool(case.row[why])
        message = told.failed(case) if stands else told.passed(case)
        if stands and why in WHERE_NOBODY_ASKS and not case.acts_alone:
            yield Gate(code=why, passed=True, message=f"{message}; that holds it in auto and sunset only")
        elif stands and case.is_selected:
            yield Gate(code=why, passed=True, message=f"{message}; it goes along with its collection")
        else:
            yield Gate(code=why, passed=not stands, message=message)


def _general(why: Why) -> Callable[[Case], str]:
    return lambda _case: HOLDS[why][0] if why in HOLDS else f"it is held ({why})"


def _protected(case: Case) -> str:
    keeps = [f"“{rule.text}”" for rule in case.rules if rule.multiplier is None]
    return f"it is protected by {listed(keeps)}"


def _no_score(case: Case) -> str:
    if case.arithmetic.weight_total == 0:
        return "its score is 0, because no factor with a weight applies to it"
    return "its score is 0"


def _old_enough(case: Case) -> str:
    if case.file_date is None:
        return "no file of it is known to be young"
    age = int((case.now - case.file_date).total_seconds() // 86_400)
    return f"its newest file is {age} days old, {case.guards.min_file_age_days} are asked for"


def _too_young(case: Case) -> str:
    until = "" if case.old_enough_at is None else f", which it has on {minute(case.old_enough_at)}"
    came = "" if case.file_date is None else f" came on {day(case.file_date)} and"
    return f"its newest file{came} is younger than {case.guards.min_file_age_days} days{until}"


def _evidence(case: Case) -> str:
    return (
        f"fresh facts carry {number(case.fresh_weight)} of the weight of {number(case.applicable_weight)} that applies"
        f" ({case.evidence_share:.0f} %, {case.guards.evidence_min_weight_pct} % are asked for)"
    )


def _snoozed(case: Case) -> str:
    approval = case.queues.approval
    if approval is None or approval.snoozed_until is None:
        return "it is snoozed"
    return f"it is snoozed until {minute(approval.snoozed_until)}"


def _active(case: Case) -> str:
    job = case.queues.deletion
    if job is None:
        return "its deletion is approved already"
    return f"{'a simulated' if job.simulated else 'its'} deletion is {job.state} already"


def _kept_relatives(case: Case) -> str:
    kept = [f"{one.title} ({', '.join(sorted(one.reasons))})" for one in case.relatives if one.reasons]
    return f": {listed(kept)}" if kept else ""


def _listed_seasons(case: Case) -> str:
    return f"its seasons are candidates themselves: {listed([one.title for one in case.relatives if not one.reasons])}"


_TOLD: dict[Why, _Sentences] = {
    Why.PROTECTED: _Sentences(lambda _case: "no rule protects it", _protected),
    Why.NO_SCORE: _Sentences(lambda case: f"its score is {points(case.arithmetic.final)} of 100", _no_score),
    Why.NOTHING_TO_FREE: _Sentences(
        lambda case: f"it would free {gigabytes(case.row['size_bytes'])}", lambda _case: "it has no files"
    ),
    Why.SNOOZED: _Sentences(lambda _case: "nobody has snoozed it", _snoozed),
    Why.ACTIVE_JOB: _Sentences(lambda _case: "no deletion of it is queued or under way", _active),
    Why.GONE: _Sentences(lambda _case: "it has not been deleted since its source was read", _general(Why.GONE)),
    Why.YOUNG_FILE: _Sentences(_old_enough, _too_young),
    Why.AGE_UNKNOWN: _Sentences(
        lambda _case: "it is known when its files came", lambda _case: "it is not known when its files came"
    ),
    Why.EVIDENCE_MISSING: _Sentences(_evidence, lambda case: f"only {_evidence(case)}"),
    Why.PROTECTION_UNKNOWN: _Sentences(
        lambda _case: "every rule can be judged",
        lambda case: f"rules that cannot be judged now: {listed([f'“{rule}”' for rule in case.doubtful_rules])}",
    ),
    Why.RETURNED: _Sentences(
        lambda _case: "it was not deleted before, or it was long ago",
        lambda _case: "it was deleted and has come back; deleting it again would go round in circles",
    ),
    Why.SHOW_HELD: _Sentences(
        lambda _case: "nothing holds its show", lambda case: f"something holds its show{_kept_relatives(case)}"
    ),
    Why.SEASON_HELD: _Sentences(
        lambda _case: "nothing holds any of its seasons",
        lambda case: f"something holds one of its seasons{_kept_relatives(case)}",
    ),
    Why.SEASONS_LISTED: _Sentences(lambda _case: "no season of it goes by itself", _listed_seasons),
    Why.COLLECTION_HELD: _Sentences(
        lambda _case: "nothing holds an item it would go with", _general(Why.COLLECTION_HELD)
    ),
    Why.COLLECTION_TOO_LARGE: _Sentences(
        lambda _case: "no large collection would go with it", _general(Why.COLLECTION_TOO_LARGE)
    ),
    Why.COLLECTION_SHARED: _Sentences(
        lambda _case: "no collection would be torn apart", _general(Why.COLLECTION_SHARED)
    ),
    Why.COLLECTION_UNSURE: _Sentences(
        lambda _case: "enough is known about every item it would go with", _general(Why.COLLECTION_UNSURE)
    ),
}


def _group_gates(case: Case, *, is_kept: bool) -> Iterator[Gate]:
    group = case.group
    if group is None:
        yield Gate(code=DISK_GROUP, passed=False, message="it lies on no disk that is watched now")
        return
    yield Gate(code=DISK_GROUP, passed=True, message=f"it lies on {group.mount_path}")
    yield _threshold(group)
    yield _mode(case, group)
    yield from _holds(case)
    yield from _mass_change(case, group)
    if case.kept_back is not None:
        yield Gate(code=case.kept_back, passed=False, message=_KEPT_BACK[case.kept_back])
    yield _budget(case, group, is_kept=is_kept)


_KEPT_BACK = {
    KeptBack.ELSEWHERE: "an item of its collection lies on a disk of another mode, or on none that is watched",
    KeptBack.TOO_MUCH: "its collection would free more than one item too much, and the next best take its place",
}


def _threshold(group: GroupBudget) -> Gate:
    usage = group.usage
    if usage is None:
        return Gate(code=THRESHOLD, passed=False, message=f"the size of {group.mount_path} is not known")
    figures = f"{group.mount_path} is {usage.used_pct:.1f} % full, its threshold is {number(usage.threshold_pct)} %"
    return Gate(code=THRESHOLD, passed=usage.breached, message=figures)


def _mode(case: Case, group: GroupBudget) -> Gate:
    mode = MODES.get(group.mode)
    if mode is None:
        message = f"a disk group in the mode {group.mode} is scored, and nothing is queued yet"
        return Gate(code=MODE, passed=False, message=message)
    if mode.asks:
        return Gate(code=MODE, passed=True, message=f"the mode is {group.mode}: a run asks a person")
    if not mode.deletes:
        return Gate(code=MODE, passed=True, message=f"the mode is {group.mode}: a run only simulates")
    if not case.deletions_enabled:
        return Gate(
            code=MODE,
            passed=True,
            message=f"the mode is {group.mode}, and deletions are switched off: a run only simulates",
        )
    return Gate(code=MODE, passed=True, message=f"the mode is {group.mode}: a run deletes without asking")


def _holds(case: Case) -> Iterator[Gate]:
    if not case.holds:
        yield Gate(code=HOLDS_ON_GROUP, passed=True, message="nothing holds the disk group")
    for hold in case.holds:
        end = "until a person releases it" if hold.breaker else "until its cause is gone"
        message = f"the disk group is held {end}: {hold.message}"
        is_obeyed = case.stops_to_ask if hold.code is HoldCode.MASS_CHANGE else case.obeys_holds
        if is_obeyed:
            yield Gate(code=hold.code, passed=False, message=message)
        elif case.is_asked_about:
            yield Gate(
                code=hold.code, passed=True, message=f"{message}; a run asks all the same, and what is approved waits"
            )
        else:
            yield Gate(code=hold.code, passed=True, message=f"{message}; a run that only simulates goes on")


def _mass_change(case: Case, group: GroupBudget) -> Iterator[Gate]:
    """A breaker that has tripped already is told as the hold it is."""
    if not case.stops_to_ask or any(hold.code is HoldCode.MASS_CHANGE for hold in case.holds):
        return
    if case.mass_change is None:
        message = f"a run takes no more of {group.mount_path} at once than its owner allows"
        yield Gate(code=HoldCode.MASS_CHANGE, passed=True, message=message)
    else:
        message = f"a run on {group.mount_path} {case.mass_change}, so it stops and asks first"
        yield Gate(code=HoldCode.MASS_CHANGE, passed=False, message=message)


def _budget(case: Case, group: GroupBudget, *, is_kept: bool) -> Gate:
    """Whether its turn comes. What keeps the item itself is said by its own gates and does not count here."""
    line = case.line
    if line is None:
        return Gate(
            code=BUDGET, passed=False, message="it was not among the items of its disk group when they were scored"
        )
    on_their_way = f", {gigabytes(group.bytes_in_flight)} are on their way out" if group.bytes_in_flight else ""
    stands = "would be" if is_kept else "is"
    message = (
        f"{gigabytes(group.bytes_to_free)} have to be freed{on_their_way};"
        f" it {stands} number {line.position} in line, behind {gigabytes(line.bytes_before)}"
    )
    is_reached = line.bytes_before < group.bytes_to_free
    return Gate(code=BUDGET, passed=case.is_selected or (is_kept and is_reached), message=message)
