"""The owner of a schedule: uses the product over REST while it is being shaken, and remembers what was acknowledged."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import httpx

from libs.common.clock import real_now
from tests.chaos.schedules.record import Approved, Asked, Cancelled, Kept, Record, Setting, Snoozed, Unsnoozed
from tests.chaos.schedules.steps import NEEDS
from tests.harness.system import RunningSystem

V = TypeVar("V")

_ANSWER_WITHIN_S = 30.0
_UNSURE = (429, 500, 502, 503, 504)
"""Statuses behind which a change may or may not have been made."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` None: nobody answered."""

    sent_at: datetime
    acked_at: datetime
    status: int | None
    body: Any = None

    @property
    def is_yes(self) -> bool:
        """Acknowledged."""
        return self.status is not None and self.status < 300

    @property
    def is_no(self) -> bool:
        """Refused for certain."""
        return self.status is not None and self.status >= 400 and self.status not in _UNSURE


@dataclass
class Owner:
    """One person, who asks for one change of a setting after another."""

    system: RunningSystem
    group_id: int = 0
    record: Record = field(default_factory=Record)
    said: list[str] = field(default_factory=list)
    _one_change: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """One request, whatever comes of it."""
        sent_at, status, known = real_now(), None, None
        try:
            async with self.system.client() as client:
                answer = await client.request(method, path, json=body, timeout=_ANSWER_WITHIN_S)
            status = answer.status_code
            known = answer.json() if answer.content and status < 300 else None
        except httpx.HTTPError:
            pass  # nobody there: the status stays unknown
        acked_at = real_now()
        if method != "GET":
            self.said.append(f"{sent_at:%H:%M:%S.%f} - {acked_at:%H:%M:%S.%f}  {method} {path} {body or ''}: {status}")
        return Answer(sent_at, acked_at, status, known)

    async def _say(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask for something that stops deletions."""
        answer = await self.ask(method, path, body)
        if not (answer.is_yes or answer.is_no):
            self.record.unanswered.append(answer.sent_at)
        return answer

    async def mode(self, word: str) -> None:
        """Put the disk group into a mode."""
        await self._group(word, None)

    async def need(self, word: str) -> None:
        """Set other thresholds."""
        await self._group(None, NEEDS[word])

    async def _group(self, mode: str | None, need: tuple[int, int] | None) -> None:
        """Thresholds always travel along; both settings are in one request."""
        async with self._one_change:
            threshold, target = need or _last(self.record.need)
            body = {"thresholdPct": threshold, "targetPct": target} | ({"mode": mode} if mode else {})
            answer = await self.ask("PUT", f"/disk-groups/{self.group_id}", body)
            _note(self.record.need, (threshold, target), answer)
            if mode is not None:
                _note(self.record.mode, mode, answer)

    async def switch(self, word: str) -> None:
        """Turn deletions on or off."""
        async with self._one_change:
            answer = await self.ask("PATCH", "/preferences/engine", {"deletionsEnabled": word == "on"})
            _note(self.record.switch, word == "on", answer)

    async def cancel(self, share: float) -> None:
        """Take a waiting job out by its id."""
        job = await self.waiting(share)
        if job is None:
            return
        answer = await self._say("DELETE", f"/deletion-queue?id={job['id']}")
        if answer.is_yes:
            self.record.cancelled.append(Cancelled(job["id"], answer.acked_at))

    async def snooze(self, share: float) -> None:
        """Snooze a waiting job by its id."""
        job = await self.waiting(share)
        if job is None:
            return
        answer = await self._say("POST", "/deletion-queue/snooze", {"id": job["id"]})
        if answer.is_yes:
            self.record.cancelled.append(Cancelled(job["id"], answer.acked_at))
            until = datetime.fromisoformat(answer.body["snoozedUntil"])
            self._fell_asleep(job, answer, until)

    async def clear(self) -> None:
        """Cancel all that waits."""
        answer = await self._say("POST", "/deletion-queue/clear")
        if answer.is_yes:
            self.record.cleared.append(Asked(None, answer.sent_at, answer.acked_at))

    async def keep(self, share: float) -> None:
        """Protect the title of a waiting job by a rule."""
        job = await self.waiting(share)
        if job is None:
            return
        rule = {
            "field": "title",
            "operator": "==",
            "value": job["mediaName"],
            "effect": "always_keep",
            "integrationId": job["integrationId"],
        }
        answer = await self._say("POST", "/custom-rules", rule)
        if answer.is_yes:
            kept = Kept(answer.body["id"], job["integrationId"], job["externalId"], answer.acked_at)
            self.record.kept.append(kept)

    async def unkeep(self, share: float) -> None:
        """Remove one of the rules made before."""
        standing = [kept for kept in self.record.kept if kept.removal_sent_at is None]
        if not standing:
            return
        kept = standing[int(share * len(standing))]
        kept.removal_sent_at = real_now()
        await self.ask("DELETE", f"/custom-rules/{kept.rule_id}")

    async def approve(self, share: float) -> None:
        """Say yes to an entry that waits for it."""
        entry = await self._entry(share, "pending")
        if entry is None:
            return
        answer = await self.ask("POST", f"/approval-queue/{entry['id']}/approve")
        if not answer.is_no:
            said = Approved(answer.sent_at, integration_id=entry["integrationId"], external_id=entry["externalId"])
            self.record.approved.append(said)

    async def reject(self, share: float) -> None:
        """Snooze an entry that waits for an approval."""
        entry = await self._entry(share, "pending")
        if entry is None:
            return
        answer = await self._say("POST", f"/approval-queue/{entry['id']}/reject")
        if answer.is_yes:
            self._fell_asleep(entry, answer, datetime.fromisoformat(answer.body["snoozedUntil"]))

    async def approve_collection(self, share: float) -> None:
        """Say yes to all of a collection."""
        entry = await self._entry(share, "pending", of_collection=True)
        if entry is None:
            return
        name = entry["collectionGroup"]
        answer = await self.ask("POST", "/approval-queue/group/approve", {"collectionGroup": name})
        if not answer.is_no:
            self.record.approved.append(Approved(answer.sent_at, collection=name))

    async def reject_collection(self, share: float) -> None:
        """Snooze all of a collection."""
        entry = await self._entry(share, "pending", of_collection=True)
        if entry is None:
            return
        said = {"collectionGroup": entry["collectionGroup"]}
        answer = await self._say("POST", "/approval-queue/group/reject", said)
        for item in answer.body["items"] if answer.is_yes else ():
            self._fell_asleep(item, answer, datetime.fromisoformat(item["snoozedUntil"]))

    async def unsnooze(self, share: float) -> None:
        """End a snooze before its time."""
        entry = await self._entry(share, "rejected")
        if entry is None:
            return
        answer = await self.ask("POST", f"/approval-queue/{entry['id']}/unsnooze")
        if not answer.is_no:
            acked_at = answer.acked_at if answer.is_yes else None
            woken = Unsnoozed(entry["integrationId"], entry["externalId"], answer.sent_at, acked_at)
            self.record.unsnoozed.append(woken)

    async def delete_by_hand(self, share: float) -> None:
        """Name a movie or a season that the preview lists. A show would take its seasons along, jobs and all."""
        answer = await self.ask("GET", "/preview")
        items = [item for item in answer.body or () if item["type"] in {"movie", "season"}]
        if items:
            item = items[int(share * len(items))]
            await self.ask("POST", "/delete", [{name: item[name] for name in ("integrationId", "externalId")}])

    async def run(self) -> None:
        """Ask for an engine run."""
        await self.ask("POST", "/engine/run")

    async def release_holds(self) -> None:
        """Let every breaker go."""
        answer = await self.ask("GET", "/engine/holds")
        for hold in answer.body or ():
            if hold["breaker"]:
                await self.ask("POST", f"/engine/holds/{hold['id']}/release")

    def _fell_asleep(self, item: dict[str, Any], answer: Answer, until: datetime) -> None:
        snoozed = Snoozed(item["integrationId"], item["externalId"], answer.sent_at, answer.acked_at, until)
        self.record.snoozed.append(snoozed)

    async def _entry(self, share: float, status: str, *, of_collection: bool = False) -> dict[str, Any] | None:
        entries = (await self.ask("GET", f"/approval-queue?status={status}")).body or []
        entries = [entry for entry in entries if entry.get("collectionGroup") or not of_collection]
        return entries[int(share * len(entries))] if entries else None

    async def waiting(self, share: float) -> dict[str, Any] | None:
        """One of the deletions that wait; None when none does, or nobody answers."""
        jobs = (await self.ask("GET", "/deletion-queue")).body
        return jobs[int(share * len(jobs))] if jobs else None


def _last(need: Setting[tuple[int, int]]) -> tuple[int, int]:
    return need.asked[-1].value if need.asked else need.initial


def _note(setting: Setting[V], value: V, answer: Answer) -> None:
    if not answer.is_no:
        setting.asked.append(Asked(value, answer.sent_at, answer.acked_at if answer.is_yes else None))
