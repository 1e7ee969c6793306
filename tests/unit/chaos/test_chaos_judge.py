"""The judge of chaos schedules finds each kind of broken word, and nothing where all was well."""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from libs.simulator.changes import Effect
from libs.simulator.ledger import Entry
from tests.chaos.schedules.aftermath import Aftermath, JobRow, Library, RunRow, Told
from tests.chaos.schedules.journal import Move
from tests.chaos.schedules.judge import verdict
from tests.chaos.schedules.record import (
    Approved,
    Arrived,
    Asked,
    Cancelled,
    Kept,
    Played,
    Record,
    Snoozed,
    Unsnoozed,
    Watched,
    are_kin,
)

V = TypeVar("V", bound=Hashable)
T0 = datetime(2026, 11, 26, 12, tzinfo=UTC)
MOVIE = ("radarr", "1")


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def move(state: str, seconds: float) -> Move:
    return Move(
        at=at(seconds),
        job_id=1,
        integration_id=1,
        external_id="1",
        title="Movie 1",
        size_bytes=10,
        run_id=1,
        trigger="engine",
        enqueued_mode="auto",
        force_dry_run=False,
        state=state,
        started_at=at(seconds),
    )


def entry(*, deferred: bool = False) -> Entry:
    effect = Effect(kind="movie_deleted", id=1, freed_bytes=10, files=1, file_ids=(5,))
    return Entry(
        seq=1,
        at=at(11),
        instance="radarr",
        method="DELETE",
        path="/api/v3/movie/1",
        status=200,
        effect=effect,
        effects=[effect],
        deferred=deferred,
    )


def record() -> Record:
    """The group was put into auto before anything happened."""
    fine = Record()
    fine.mode.asked.append(Asked("auto", at(0), at(1)))
    return fine


def aftermath() -> Aftermath:
    """One movie of 10 bytes deleted by one run, on a disk of 100 bytes that is 90 % full."""
    return Aftermath(
        library=Library(total_bytes=100, used_bytes=90, young_files=frozenset(), kept=frozenset()),
        instances={1: "radarr"},
        ledger=[entry()],
        moves=[
            move("waiting", 2),
            move("claimed", 9),
            move("deleting", 10),
            move("verifying", 11),
            move("deleted", 12),
        ],
        jobs=[JobRow(1, 1, "1", 10, 1, "engine", "deleted", "")],
        runs=[RunRow(1, deleted=1, freed_bytes=10, bytes_to_free=15, simulated_bytes=0)],
        audit=Counter({MOVIE: 1}),
        lifetime=(1, 10),
        batches=["b"],
        open_batches=[],
        told=[Told("deletion_batch_complete", "b", 1, 1), Told("deletion_success", "", 1, 1)],
        approved=[],
    )


def test_nothing_is_found_where_all_was_well() -> None:
    assert verdict(record(), aftermath()) == []


def _dry_run(said: Record) -> None:
    said.mode.asked.append(Asked("dry-run", at(8), at(9.5)))


def _off(said: Record) -> None:
    said.switch.asked.append(Asked(value=False, sent_at=at(8), acked_at=at(9.5)))


def _snoozed(said: Record) -> None:
    said.snoozed.append(Snoozed(1, "1", at(9), at(9.5), until=at(3600)))


def _ruled(said: Record) -> None:
    said.kept.append(Kept(1, 1, "1", at(9.5)))


def _cancelled(said: Record) -> None:
    said.cancelled.append(Cancelled(1, at(9.5)))


def _young(said: Record) -> None:
    said.arrived.append(Arrived(0, 0, "radarr", frozenset({5})))


def _satisfied(said: Record) -> None:
    said.need.asked.append(Asked((98, 96), at(8), at(9.5)))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(_dry_run, "the mode was dry-run", id="mode"),
        pytest.param(_off, "switched off", id="kill-switch"),
        pytest.param(_snoozed, "snoozed", id="snooze"),
        pytest.param(_ruled, "rule 1 kept", id="rule"),
        pytest.param(_cancelled, "cancelled", id="cancel"),
        pytest.param(_young, "younger", id="young-file"),
        pytest.param(_satisfied, "the target is 96", id="target"),
    ],
)
def test_word_that_was_acknowledged_before_the_call_is_held_against_it(
    change: Callable[[Record], None], word: str
) -> None:
    said = record()
    change(said)

    (violation,) = verdict(said, aftermath())

    assert word in violation


def _unanswered(asked: Asked[V]) -> Asked[V]:
    return replace(asked, acked_at=None) if asked.sent_at == at(8) else asked


@pytest.mark.parametrize("change", [_dry_run, _off, _ruled])
def test_what_is_acknowledged_later_or_never_is_not(change: Callable[[Record], None]) -> None:
    said = record()
    change(said)
    said.mode.asked = [_unanswered(one) for one in said.mode.asked]
    said.switch.asked = [_unanswered(one) for one in said.switch.asked]
    said.kept = [replace(kept, acked_at=at(10.5)) for kept in said.kept]

    assert verdict(said, aftermath()) == []


@pytest.mark.parametrize(
    ("sent_at", "acked_at", "is_awake"),
    [
        pytest.param(at(9.6), at(9.8), True, id="woken"),
        pytest.param(at(9.6), None, True, id="perhaps-woken"),
        pytest.param(at(8.5), at(9.2), True, id="both-at-once"),
        pytest.param(at(8.1), at(8.9), False, id="woken-before"),
        pytest.param(at(10.1), at(10.2), False, id="woken-behind-the-call"),
    ],
)
def test_snooze_counts_until_somebody_may_have_ended_it(
    sent_at: datetime, acked_at: datetime | None, is_awake: bool
) -> None:
    said = record()
    _snoozed(said)
    said.unsnoozed.append(Unsnoozed(1, "1", sent_at, acked_at))
    said.unsnoozed.append(Unsnoozed(1, "2", at(9.6), at(9.8)))

    assert (verdict(said, aftermath()) == []) is is_awake


@pytest.mark.parametrize(
    ("words", "is_fine"),
    [
        pytest.param([Approved(at(1), integration_id=1, external_id="1")], True, id="itself"),
        pytest.param([Approved(at(1), collection="Saga")], True, id="its-collection"),
        pytest.param([Approved(at(1), integration_id=1, external_id="2")], False, id="another"),
        pytest.param([Approved(at(11), collection="Saga")], False, id="too-late"),
        pytest.param([], False, id="nobody"),
    ],
)
def test_approval_that_nobody_gave_is_found(words: list[Approved], is_fine: bool) -> None:
    said, fine = record(), aftermath()
    said.approved += words
    moves = [replace(one, trigger="approval", collection_group="Saga") for one in fine.moves]

    violations = verdict(said, replace(fine, moves=moves))

    assert [violation.partition(": ")[2] for violation in violations] == ([] if is_fine else ["nobody had approved it"])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param({"ledger": [entry(), entry()]}, "removed 2 times", id="twice"),
        pytest.param({"moves": [], "ledger": [entry()]}, "no job had announced", id="unannounced"),
        pytest.param({"audit": Counter[tuple[str, str]]()}, "0 entries", id="not-audited"),
        pytest.param({"audit": Counter({MOVIE: 2})}, "2 entries", id="audited-twice"),
        pytest.param({"audit": Counter({MOVIE: 1, ("radarr", "2"): 1})}, "it was not", id="audited-in-vain"),
        pytest.param({"lifetime": (2, 20)}, "lifetime", id="counted-twice"),
        pytest.param({"runs": [RunRow(1, 0, 0, 15, 0)]}, "counts 0 deletions", id="run-not-counted"),
        pytest.param({"runs": [RunRow(1, 1, 10, -1, 0)]}, "had to free", id="beyond-budget"),
        pytest.param({"approved": ["2"]}, "neither executed nor returned", id="approval-lost"),
        pytest.param({"open_batches": ["b"]}, "never completed", id="batch-open"),
        pytest.param({"told": [Told("deletion_success", "", 1, 1)]}, "told 0 times", id="batch-untold"),
        pytest.param({"jobs": [JobRow(1, 1, "1", 10, 1, "engine", "verifying", "")]}, "still verifying", id="stuck"),
    ],
)
def test_books_that_do_not_agree_with_the_ledger_are_found(change: dict[str, object], word: str) -> None:
    violations = verdict(record(), replace(aftermath(), **change))  # type: ignore[arg-type]

    assert any(word in violation for violation in violations)


def test_promise_that_a_liar_kept_too_late_may_go_unbooked() -> None:
    unbooked = replace(
        aftermath(),
        ledger=[entry(deferred=True)],
        moves=[*aftermath().moves[:3], move("waiting", 12), move("cancelled", 13)],
        jobs=[JobRow(1, 1, "1", 10, 1, "engine", "cancelled", "")],
        runs=[RunRow(1, 0, 0, 15, 0)],
        audit=Counter[tuple[str, str]](),
        lifetime=(0, 0),
        told=[Told("deletion_batch_complete", "b", 1, 1)],
    )

    assert verdict(record(), unbooked) == []


def test_what_a_person_approved_is_not_measured_by_the_run_it_is_credited_to() -> None:
    approved = replace(
        aftermath(),
        jobs=[JobRow(1, 1, "1", 10, 1, "approval", "deleted", "")],
        runs=[RunRow(1, deleted=1, freed_bytes=10, bytes_to_free=-1, simulated_bytes=0)],
    )

    assert verdict(record(), approved) == []


def engine_job(*, queued_at: datetime) -> Aftermath:
    """What was deleted had been queued at a business time."""
    fine = aftermath()
    return replace(fine, moves=[replace(one, created_at=queued_at) for one in fine.moves])


@pytest.mark.parametrize(
    ("played", "is_fine"),
    [
        pytest.param(Played(1, "1", at(5), at(9.5)), False, id="played-and-known"),
        pytest.param(Played(1, "1", at(5), at(10.5)), True, id="known-too-late"),
        pytest.param(Played(1, "1", at(1), at(9.5)), True, id="played-before"),
        pytest.param(Played(1, "2", at(5), at(9.5)), True, id="another"),
    ],
)
def test_play_behind_the_queueing_that_was_known_before_the_call_is_held_against_it(
    played: Played, is_fine: bool
) -> None:
    said = record()
    said.played.append(played)

    violations = verdict(said, engine_job(queued_at=at(2)))

    assert [violation.partition(": ")[2][:12] for violation in violations] == ([] if is_fine else ["1 was played"])


def test_what_a_person_names_may_have_been_played() -> None:
    said, named = record(), engine_job(queued_at=at(2))
    said.played.append(Played(1, "1", at(5), at(9.5)))

    assert verdict(said, replace(named, moves=[replace(one, trigger="user") for one in named.moves])) == []


@pytest.mark.parametrize(
    ("watched", "is_fine"),
    [
        pytest.param(Watched(1, "1", at(5), None), False, id="to-the-end"),
        pytest.param(Watched(1, "1", at(5), at(10.1)), False, id="at-the-call"),
        pytest.param(Watched(1, "1", at(5), at(9.9)), True, id="over"),
        pytest.param(Watched(1, "1", at(6), None), True, id="perhaps-not-told-yet"),
        pytest.param(Watched(1, "2", at(5), None), True, id="another"),
    ],
)
def test_call_while_somebody_is_watching_is_found(watched: Watched, is_fine: bool) -> None:
    said = record()
    said.watched.append(watched)

    violations = verdict(said, aftermath())

    assert [violation.partition(": ")[2][:12] for violation in violations] == ([] if is_fine else ["somebody was"])


def test_play_of_a_member_may_tear_its_collection_once_it_has_begun_to_go() -> None:
    said = record()
    said.played.append(Played(1, "2", at(5), at(15)))

    assert verdict(said, torn(move("cancelled", 20))) == []


def torn(*more: Move, state: str = "cancelled") -> Aftermath:
    """Movies 1 and 2 are a collection; 1 was deleted and 2 was not."""
    fine = aftermath()
    return replace(
        fine,
        library=replace(fine.library, collections={"Saga": frozenset({MOVIE, ("radarr", "2")})}),
        moves=[*fine.moves, *(replace(one, job_id=2, external_id="2") for one in (move("waiting", 2), *more))],
        jobs=[*fine.jobs, JobRow(2, 1, "2", 10, 1, "engine", state, "")],
    )


def test_collection_that_was_torn_without_a_reason_is_found() -> None:
    (violation,) = verdict(record(), torn(move("cancelled", 20)))

    assert violation == "Saga was torn without reason, from 12:00:10.000000; [('radarr', '2')] stayed"


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.snoozed.append(Snoozed(1, "2", at(14.5), at(15), until=at(3600))),
        lambda said: said.kept.append(Kept(1, 1, "2", at(15))),
        lambda said: said.cancelled.append(Cancelled(2, at(15))),
        lambda said: said.cleared.append(Asked(None, at(14), at(21))),
        lambda said: said.mode.asked.append(Asked("dry-run", at(14), None)),
        lambda said: said.unanswered.append(at(14)),
    ],
)
def test_collection_may_be_torn_by_what_is_said_once_it_has_begun_to_go(change: Callable[[Record], None]) -> None:
    said = record()
    change(said)

    assert verdict(said, torn(move("cancelled", 20))) == []


def test_collection_may_be_torn_by_a_failure() -> None:
    assert verdict(record(), torn(move("deleting", 13), move("failed", 14), state="failed")) == []


def test_collection_is_not_torn_by_what_a_person_names() -> None:
    named = torn()

    assert verdict(record(), replace(named, moves=[replace(one, trigger="user") for one in named.moves[:-1]])) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.snoozed.append(Snoozed(1, "2", at(9), at(9.5), until=at(3600))),
        lambda said: said.kept.append(Kept(1, 1, "2", at(9.5))),
        lambda said: said.cancelled.append(Cancelled(2, at(9.5))),
    ],
)
def test_word_about_a_member_that_was_acknowledged_before_is_held_against_the_others(
    change: Callable[[Record], None],
) -> None:
    said = record()
    change(said)
    said.mode.asked.append(Asked("dry-run", at(10.5), at(11)))  # what is said later would be an excuse

    (violation,) = verdict(said, torn(move("cancelled", 20)))

    assert "2, of the same collection, had to stay" in violation


def test_member_with_a_tag_that_protects_it_keeps_its_collection() -> None:
    tagged = torn()
    tagged = replace(tagged, library=replace(tagged.library, kept=frozenset({("radarr", "2")})), jobs=tagged.jobs[:1])

    violations = verdict(record(), tagged)

    assert any("its tag protected it" in violation for violation in violations)


def test_season_and_show_are_kin_and_seasons_are_not() -> None:
    assert are_kin("4", "4-s1")
    assert are_kin("4-s1", "4")
    assert not are_kin("4-s1", "4-s2")
    assert not are_kin("4", "40-s1")
