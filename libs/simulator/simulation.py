"""The simulated systems behind their doors: who is asked, whether they may be, what they do, what the ledger keeps."""

import time
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from libs.simulator.calls import MUTATING, Answer, Call, Refusal, as_json, problem
from libs.simulator.faults import PAGE_FAULTS, FaultKind, FaultRule, Faults
from libs.simulator.ledger import Entry, Ledger
from libs.simulator.server import Asked
from libs.simulator.systems import SYSTEMS, System, system_for
from libs.simulator.traffic import Traffic
from libs.simulator.world import World

_PICTURE = "image/jpeg"


class Deferred(msgspec.Struct):
    """A delete that was answered but has not happened: due after so many reads, or at a moment of real time."""

    asked: Asked
    reads: int | None
    due: float | None


class Simulation:
    """Servers over one world, with one ledger and one set of fault rules. Every method is one step."""

    def __init__(self, world: World, ledger: Ledger | None = None) -> None:
        self.world = world
        self.ledger = ledger or Ledger()
        self.faults = Faults()
        self.counts: Counter[str] = Counter()
        self.traffic = Traffic()
        installed = {key: each for key, each in world.systems.items() if each.kind in SYSTEMS}
        self.systems = {key: system_for(world, each) for key, each in installed.items()}
        self._deferred: list[Deferred] = []

    def perform(self, asked: Asked, rule: FaultRule | None = None) -> Answer:
        """Let the instance do what it was asked; a mutating call is in the ledger before this returns."""
        self._settle(asked)
        if rule is not None and rule.kind is FaultKind.LYING_DELETE:
            return self._promise(asked, rule)
        return self._perform(asked, rule, at=self.world.clock.now())

    def note_lost(self, asked: Asked, rule: FaultRule | None, status: int) -> None:
        """Keep a mutating call that never reached an instance: a fault was in the way, or nobody lives there."""
        if asked.method in MUTATING:
            self._record(asked, Answer(status=status), self.world.clock.now(), rule)

    def settle_due(self) -> None:
        """Carry out promised deletes whose time has come."""
        now = time.monotonic()
        for late in [each for each in self._deferred if each.due is not None and each.due <= now]:
            self._carry_out(late)

    def repeat(self, entry: Entry) -> None:
        """Do again what a former life did: the same call to the same instance at the same time, unrecorded."""
        system = self.systems[entry.instance]
        done = sum(effect.files for effect in entry.effects)
        rule = FaultRule(kind=FaultKind.PARTIAL_DELETE, count=done) if entry.fault == FaultKind.PARTIAL_DELETE else None
        raw = entry.raw if entry.body is None else msgspec.json.encode(entry.body)
        asked = Asked(
            instance=entry.instance,
            method=entry.method,
            path=entry.path,
            query=entry.query,
            headers={"content-type": _PICTURE} if entry.raw else {},
            raw=raw,
        )
        self._ask(system, asked, entry.at, rule)

    def _perform(self, asked: Asked, rule: FaultRule | None, *, at: datetime, deferred: bool = False) -> Answer:
        answer = self._guarded(self.systems[asked.instance], asked, at, rule)
        if asked.method in MUTATING:
            self._record(asked, answer, at, rule, deferred=deferred)
        return answer

    def _guarded(self, system: System, asked: Asked, at: datetime, rule: FaultRule | None) -> Answer:
        without_key = system.server.open_answer(asked)
        if without_key is not None:
            return without_key
        if not system.server.admits(asked):
            return system.server.denied(asked)
        return self._ask(system, asked, at, rule)

    def _ask(self, system: System, asked: Asked, at: datetime, rule: FaultRule | None) -> Answer:
        try:
            call = Call(
                method=asked.method,
                path=asked.path,
                query=asked.query,
                headers=asked.headers,
                body=_parsed(asked),
                raw=asked.raw,
                at=at,
                file_limit=rule.count if rule is not None and rule.kind is FaultKind.PARTIAL_DELETE else None,
                page_fault=rule.kind if rule is not None and rule.kind in PAGE_FAULTS else None,
            )
            template, handle = system.find(call)
            route = f"{call.method} {system.server.url_base}{template}"
            self.counts[route] += 1
            self.traffic.note(asked.instance, call.text("cmd") or route, asked.query)
            return handle()
        except Refusal as refusal:
            return refusal.answer()

    def _record(
        self, asked: Asked, answer: Answer, at: datetime, rule: FaultRule | None, *, deferred: bool = False
    ) -> None:
        self.ledger.append(
            Entry(
                seq=0,
                at=at,
                instance=asked.instance,
                method=asked.method,
                path=asked.path,
                query=asked.query,
                body=_readable(asked.raw),
                raw=b"" if _is_text(asked.raw) else asked.raw,
                status=answer.status,
                effect=answer.effects[0] if answer.effects else None,
                effects=answer.effects,
                fault=rule.kind.value if rule is not None else None,
                auth=asked.auth,
                deferred=deferred,
            )
        )

    def _promise(self, asked: Asked, rule: FaultRule) -> Answer:
        if not self.systems[asked.instance].server.admits(asked):
            return self._perform(asked, rule, at=self.world.clock.now())
        if rule.reads is not None or rule.seconds is not None:
            due = None if rule.seconds is None else time.monotonic() + rule.seconds
            self._deferred.append(Deferred(asked, rule.reads, due))
        answer = as_json({})
        self._record(asked, answer, self.world.clock.now(), rule)
        return answer

    def _settle(self, asked: Asked) -> None:
        """A read of the library wears down the promises of its instance; one that is worn out is kept first."""
        self.settle_due()
        if asked.method != "GET" or not asked.path.startswith(self.systems[asked.instance].server.reads_of_library):
            return
        for late in [
            each for each in self._deferred if each.asked.instance == asked.instance and each.reads is not None
        ]:
            if late.reads == 0:
                self._carry_out(late)
            elif late.reads is not None:
                late.reads -= 1

    def _carry_out(self, late: Deferred) -> None:
        self._deferred.remove(late)
        self._perform(late.asked, None, at=self.world.clock.now(), deferred=True)


def _parsed(asked: Asked) -> Any:
    if not asked.raw or "json" not in asked.headers.get("content-type", "json"):
        return None
    try:
        return msgspec.json.decode(asked.raw)
    except msgspec.DecodeError as exc:
        raise Refusal(400, problem({"$": [str(exc)]})) from exc


def _readable(raw: bytes) -> Any:
    """The body for the ledger: as JSON where it is, else as text; None when it is neither."""
    if not raw or not _is_text(raw):
        return None
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return raw.decode()


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
