"""What would change the outcome for one item, in sentences (pure)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from libs.common.domain.enums import HoldCode
from libs.common.domain.shares import share_of
from libs.common.messaging.engine_questions import Gate
from services.engine.explain.case import Case
from services.engine.explain.gates import BUDGET, MODE, THRESHOLD
from services.engine.explain.sentences import gigabytes, listed, minute, number, points
from services.engine.selection.candidates import KeptBack
from services.engine.selection.eligibility import Why


@dataclass(frozen=True, slots=True)
class Prospects:
    """The item's score under other facts. `played_now` None: one more play changes nothing."""

    played_now: float | None
    unprotected: float


def outlook(case: Case, gates: list[Gate], prospects: Prospects) -> list[str]:
    """For an item that would go: what keeps it. For one that stays: what has to happen to each thing that keeps it."""
    failed = [gate.code for gate in gates if not gate.passed]
    if not failed:
        return list(_what_keeps(case, prospects))
    told = [sentence for code in failed if (sentence := _healing(case, code, prospects)) is not None]
    return list(dict.fromkeys(told))


def _what_keeps(case: Case, prospects: Prospects) -> Iterator[str]:
    name = case.row["integration_name"]
    yield f"A rule of {name} with the effect always_keep that fits it would keep it."
    yield "A snooze would keep it until the snooze ends."
    if prospects.played_now is not None:
        moves = "falls" if prospects.played_now < case.arithmetic.final else "rises"  # a rule may turn on plays
        yield f"Played now, its score {moves} from {points(case.arithmetic.final)} to {points(prospects.played_now)}."
    if case.group is not None and case.line is not None:
        spare = case.group.bytes_to_free - case.line.bytes_before
        yield f"With {gigabytes(spare)} of {case.group.mount_path} freed in another way, its turn does not come."


def _healing(case: Case, code: str, prospects: Prospects) -> str | None:
    told = _HEALS.get(code)
    return _released(case, code) if told is None else told(case, prospects)


def _released(case: Case, code: str) -> str | None:
    """What ends a hold on the disk group; None for a gate that nothing a person can say in advance would open."""
    hold = next((hold for hold in case.holds if hold.code == code), None)
    if hold is None:
        return "When a person releases the breaker that the next run trips." if code == HoldCode.MASS_CHANGE else None
    return f"{'When a person releases it' if hold.breaker else 'When this is over'}: {hold.message}."


def _unprotected(case: Case, prospects: Prospects) -> str:
    keeps = listed([f"“{rule.text}”" for rule in case.rules if rule.multiplier is None])
    return f"Without {keeps} its score is {points(prospects.unprotected)}."


def _old_enough(case: Case, _prospects: Prospects) -> str | None:
    if case.old_enough_at is None:
        return None
    days = (case.old_enough_at - case.now).total_seconds() / 86_400
    return f"In {days:.1f} days, on {minute(case.old_enough_at)}, its newest file is old enough."


def _unsnoozed(case: Case, _prospects: Prospects) -> str:
    approval = case.queues.approval
    if approval is None or approval.snoozed_until is None:
        return "When the snooze is taken back."
    return f"On {minute(approval.snoozed_until)} its snooze ends."


def _evidence(case: Case, _prospects: Prospects) -> str:
    if case.doubtful_sources:
        return f"A complete read of {listed(list(case.doubtful_sources))} would make its facts fresh."
    return "When a source knows for sure what is doubtful now."


def _below(case: Case, _prospects: Prospects) -> str | None:
    usage = None if case.group is None else case.group.usage
    if case.group is None or usage is None:
        return "When the size of its disk is known."
    missing = float(share_of(usage.total_bytes, usage.threshold_pct) - usage.used_bytes)
    threshold = number(usage.threshold_pct)
    return f"When {gigabytes(missing)} more of {case.group.mount_path} are used, {threshold} % are reached."


def _apart(case: Case, _prospects: Prospects) -> str:
    return f"With collection deletion switched off for what told of {case.row['collection_group']}, it goes by itself."


def _further(case: Case, _prospects: Prospects) -> str | None:
    if case.group is None or case.line is None or case.group.bytes_to_free == 0:
        return None  # what has to happen to the disk first is told by its own gate
    missing = case.line.bytes_before - case.group.bytes_to_free
    return f"With more than {gigabytes(missing)} beyond that to free, its turn comes."


_HEALS: dict[str, Callable[[Case, Prospects], str | None]] = {
    Why.PROTECTED: _unprotected,
    Why.NO_SCORE: lambda _case, _prospects: "With a weight for a factor that applies to it, it gets a score.",
    Why.NOTHING_TO_FREE: lambda _case, _prospects: "With files there is something to free.",
    Why.SNOOZED: _unsnoozed,
    Why.ACTIVE_JOB: lambda _case, _prospects: "When that deletion has ended or is cancelled.",
    Why.GONE: lambda _case, _prospects: "When its source lists it again in a later read.",
    Why.YOUNG_FILE: _old_enough,
    Why.AGE_UNKNOWN: lambda case, _prospects: f"When {case.row['integration_name']} says when its files came.",
    Why.EVIDENCE_MISSING: _evidence,
    Why.PROTECTION_UNKNOWN: _evidence,
    Why.RETURNED: lambda _case, _prospects: "When boomerangDays have passed since its return, or a person deletes it.",
    Why.SHOW_HELD: lambda _case, _prospects: "When nothing holds its show any more.",
    Why.SEASON_HELD: lambda _case, _prospects: "When nothing holds any of its seasons any more.",
    Why.SEASONS_LISTED: lambda _case, _prospects: (
        "When its seasons are gone or no candidates; until then they go one by one."
    ),
    Why.COLLECTION_HELD: lambda _case, _prospects: "When nothing holds any item of its collection any more.",
    Why.COLLECTION_TOO_LARGE: _apart,
    Why.COLLECTION_SHARED: _apart,
    Why.COLLECTION_UNSURE: _evidence,
    KeptBack.ELSEWHERE: _apart,
    KeptBack.TOO_MUCH: _apart,
    THRESHOLD: _below,
    MODE: lambda _case, _prospects: "With the mode auto, approval or dry-run of its disk group.",
    BUDGET: _further,
}
