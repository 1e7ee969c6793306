"""The rules of the queues' machine: each does one thing to the model and to the real thing, and both must agree."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from libs.common.domain.enums import ExecutionMode
from tests.service.api.queue_model import Model, Span
from tests.service.api.queue_world import ITEMS, ROOTS, World

KEYS = st.sampled_from(sorted(ITEMS))
MODES = st.sampled_from([ExecutionMode.AUTO, ExecutionMode.APPROVAL, ExecutionMode.DRY_RUN])
GROUPS = st.sampled_from(sorted(ROOTS))
PICKS = st.integers(0, 9)
_UNKNOWN_ID = 10**9
_THRESHOLDS = {"thresholdPct": 85, "targetPct": 75}
_SLACK = timedelta(seconds=1)
"""Times on the wire have whole seconds or less."""


def _picked(pick: int, pool: Sequence[str]) -> str:
    """Mostly one of the pool, so that something happens; now and then any item."""
    return pool[pick % len(pool)] if pool and pick < 8 else sorted(ITEMS)[pick % len(ITEMS)]


class QueuesMachine(RuleBasedStateMachine):
    """People, the engine, the deleter and time take turns at random.

    Few rules with many meanings: hypothesis leaves rules out of an example at random, and all of ours belong together.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.model = Model(ITEMS, dict.fromkeys(ROOTS, ExecutionMode.AUTO))
        self.audit: list[tuple[int, str, str, int]] = []

    @initialize(media=MODES, more=MODES)
    def begin(self, media: ExecutionMode, more: ExecutionMode) -> None:
        self.model.modes.update(media=media, more=more)
        self.world.do(self.world.begin(self.model.modes))

    @rule(chosen=st.sets(KEYS, min_size=1))
    def engine_runs(self, chosen: set[str]) -> None:
        before = self.world.now
        self.world.do(self.world.run(chosen, self.model.modes, enabled=self.model.enabled))
        self.model.run(sorted(chosen), self._since(before))

    @rule(seconds=st.sampled_from([11, 45, 45, 25 * 3600]))
    def time_passes(self, seconds: int) -> None:
        self.world.town.owner.clock.jump(seconds=seconds)

    @rule(is_refused=st.booleans())
    def deleter_works(self, is_refused: bool) -> None:
        before = self.world.now
        must, _ = self.model.due(before)
        ended = self.world.do(self.world.work(set(must), is_refused=is_refused))
        now = self._since(before)
        _, may = self.model.due(now)
        assert set(must) <= ended <= {*must, *may}
        for job in self.model.listed_jobs:
            if job.item.key in ended:
                self.model.work(job.item.key, now, is_refused=is_refused)
        assert self.world.do(self.world.untold_batches()) == 0

    @rule(what=st.sampled_from(["cancel", "cancel_by_title", "snooze", "clear"]), pick=PICKS)
    def person_at_the_deletion_queue(self, what: str, pick: int) -> None:
        getattr(self, f"_{what}")(_picked(pick, [*self.model.jobs]))

    @rule(what=st.sampled_from(["approve", "approve", "reject", "unsnooze", "dismiss", "clear_approvals"]), pick=PICKS)
    def person_at_the_approval_queue(self, what: str, pick: int) -> None:
        pool = self.model.snoozed if what == "unsnooze" else self.model.open | self.model.snoozed
        getattr(self, f"_{what}")(_picked(pick, [*pool]))

    @rule(name=st.sampled_from(["Saga", "Saga", "Nothing"]), is_approved=st.booleans())
    def person_decides_about_a_collection(self, name: str, is_approved: bool) -> None:
        before, waiting = self.world.now, len(self.model.waiting_of(name))
        path, decide, counted = (
            ("approve", self.model.approve_collection, "approved")
            if is_approved
            else ("reject", self.model.reject_collection, "rejected")
        )
        answer = self.world.call("POST", f"/approval-queue/group/{path}", json={"collectionGroup": name})
        if self._expect(answer, decide(name, self._since(before))) == 200:
            assert answer.json()[counted] == waiting

    @rule(keys=st.lists(KEYS, min_size=1, max_size=4))
    def person_deletes(self, keys: list[str]) -> None:
        self.world.do(self.world.catch_up())
        wanted = [
            {
                "mediaName": ITEMS[key].title,
                "mediaType": "movie",
                "integrationId": self.world.source,
                "externalId": key,
                "score": ITEMS[key].score,
            }
            for key in keys
        ]
        before = self.world.now
        answer = self.world.call("POST", "/delete", json=wanted)
        self._expect(answer, 200)
        done = self.model.delete(keys, self._since(before))
        skipped = [one["externalId"] for one in answer.json()["skipped"]]
        assert (answer.json()["queued"], answer.json()["total"]) == (len(done), len(keys))
        assert sorted(skipped) == sorted((Counter(keys) - Counter(done)).elements())

    @rule(enabled=st.booleans())
    def person_turns_the_kill_switch(self, enabled: bool) -> None:
        self._expect(self.world.call("PATCH", "/preferences/engine", json={"deletionsEnabled": enabled}), 200)
        self.model.set_enabled(enabled=enabled)

    @rule(group=GROUPS, mode=MODES)
    def person_changes_a_mode(self, group: str, mode: ExecutionMode) -> None:
        path = f"/disk-groups/{self.world.groups[group]}"
        self._expect(self.world.call("PUT", path, json=_THRESHOLDS | {"mode": mode}), 200)
        self.model.set_mode(group, mode)

    # the deletion queue

    def _cancel(self, key: str) -> None:
        before = self.world.now
        answer = self.world.call("DELETE", "/deletion-queue", params={"id": self._job(key)})
        self._expect(answer, self.model.cancel(key, self._since(before)))

    def _cancel_by_title(self, key: str) -> None:
        before, title = self.world.now, ITEMS[key].title
        answer = self.world.call("DELETE", "/deletion-queue", params={"mediaName": title, "mediaType": "movie"})
        fitting = {job.id for job in self.model.jobs.values() if job.item.title == title}
        if self._expect(answer, self.model.cancel_by_title(title, self._since(before))) == 409:
            assert {candidate["id"] for candidate in answer.json()["candidates"]} == fitting

    def _snooze(self, key: str) -> None:
        before = self.world.now
        answer = self.world.call("POST", "/deletion-queue/snooze", json={"id": self._job(key)})
        self._expect(answer, self.model.snooze(key, self._since(before)))

    def _clear(self, _: str) -> None:
        answer = self.world.call("POST", "/deletion-queue/clear")
        assert answer.json() == {"status": "cleared", "cancelled": self.model.clear_jobs()}

    # the approval queue

    def _approve(self, key: str) -> None:
        before = self.world.now
        answer = self.world.call("POST", f"/approval-queue/{self._row(key)}/approve")
        self._expect(answer, self.model.approve(key, self._since(before)))

    def _reject(self, key: str) -> None:
        before = self.world.now
        answer = self.world.call("POST", f"/approval-queue/{self._row(key)}/reject")
        self._expect(answer, self.model.reject(key, self._since(before)))

    def _unsnooze(self, key: str) -> None:
        row = self.model.snoozed.get(key)
        answer = self.world.call("POST", f"/approval-queue/{row.id if row else self._row(key)}/unsnooze")
        self._expect(answer, self.model.unsnooze(key))

    def _dismiss(self, key: str) -> None:
        self._expect(self.world.call("DELETE", f"/approval-queue/{self._row(key)}"), self.model.dismiss(key))

    def _clear_approvals(self, _: str) -> None:
        assert self.world.call("POST", "/approval-queue/clear").json() == {"cleared": self.model.clear_approvals()}

    # what must be true after every step

    @invariant()
    def deletion_queue_agrees(self) -> None:
        listed = self.world.call("GET", "/deletion-queue").json()
        expected = self.model.listed_jobs
        assert [(row["externalId"], row["score"], row["state"]) for row in listed] == [
            (job.item.key, job.item.score * 100, "waiting") for job in expected
        ]
        for row, job in zip(listed, expected, strict=True):
            job.id = row["id"]
            assert job.due.first - _SLACK <= datetime.fromisoformat(row["notBefore"]) <= job.due.last + _SLACK

    @invariant()
    def approval_queue_agrees(self) -> None:
        listed: list[dict[str, Any]] = self.world.call("GET", "/approval-queue").json()
        assert sorted((row["externalId"], row["status"]) for row in listed) == self.model.rows
        for row in listed:
            side = self.model.snoozed if row["status"] == "rejected" else self.model.open
            known = side[row["externalId"]]
            assert known.id in {0, row["id"]}
            assert known.is_persons is row["userInitiated"]
            known.id = row["id"]

    @invariant()
    def grace_period_agrees(self) -> None:
        before = self.world.now
        answer = self.world.call("GET", "/deletion-queue/grace-period").json()
        states = {job.due.has_come(self._since(before)) for job in self.model.jobs.values()}
        assert answer["queueSize"] == len(self.model.jobs)
        if None not in states:
            assert answer["active"] is (states == {False})

    @invariant()
    def audit_log_only_grows_and_has_a_row_for_each_ended_job(self) -> None:
        found = self.world.do(self.world.audit())
        kept = [(entry, item, action) for entry, item, action, _ in found]
        assert kept[: len(self.audit)] == [(entry, item, action) for entry, item, action, _ in self.audit]
        assert sorted((item, action) for _, item, action in kept) == sorted(self.model.audit)
        assert len({job for *_, job in found}) == len(found)
        self.audit = found

    @invariant()
    def every_change_was_told_once(self) -> None:
        told = self.world.do(self.world.told())
        told.pop("deletion_batch_complete", None)
        assert told == self.model.told
        self.model.told.clear()

    @invariant()
    def approved_rows_and_their_jobs_come_in_pairs(self) -> None:
        assert self.world.do(self.world.unpaired()) == []

    @invariant()
    def preview_agrees(self) -> None:
        assert self.world.do(self.world.places()) == self.model.places

    @invariant()
    def nothing_else_was_deleted(self) -> None:
        assert sorted(self.world.deleted()) == sorted(self.model.gone)

    def _since(self, before: Span) -> Span:
        return Span(before.first, self.world.now.last)

    def _job(self, key: str) -> int:
        job = self.model.jobs.get(key)
        return job.id if job else _UNKNOWN_ID

    def _row(self, key: str) -> int:
        row = self.model.row_of(key)
        return row.id if row else _UNKNOWN_ID

    @staticmethod
    def _expect(answer: Any, status: int) -> int:
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert answer.json()["error"]
        return status
