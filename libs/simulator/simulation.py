"""The simulated systems behind their doors: who is asked, whether they may be, what they do, what the ledger keeps."""

import hmac
import time
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from libs.common.domain.enums import IntegrationType
from libs.simulator.calls import MUTATING, Answer, Call, Refusal, as_json, problem
from libs.simulator.faults import FaultKind, FaultRule, Faults
from libs.simulator.ledger import Entry, Ledger
from libs.simulator.radarr.routes import ROUTES as RADARR_ROUTES
from libs.simulator.radarr.server import RadarrServer
from libs.simulator.sonarr.routes import ROUTES as SONARR_ROUTES
from libs.simulator.sonarr.server import SonarrServer
from libs.simulator.world import Instance, World

_LIBRARY_READS = ("/api/v3/series", "/api/v3/movie", "/api/v3/episodefile", "/api/v3/moviefile")
_INDEX = b"<!doctype html><html><head><title>Library</title></head><body><div id='root'></div></body></html>"


class Asked(msgspec.Struct, kw_only=True):
    """A request as it came in: `path` without the URL base, `key` and how it was sent (`auth`)."""

    instance: str
    method: str
    path: str
    query: dict[str, list[str]] = {}
    raw: bytes = b""
    key: str = ""
    auth: str = "none"


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
        instances = world.instances.values()
        self._sonarrs = {i.key: SonarrServer(world, i) for i in instances if i.kind is IntegrationType.SONARR}
        self._radarrs = {i.key: RadarrServer(world, i) for i in instances if i.kind is IntegrationType.RADARR}
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
        instance = self.world.instances[entry.instance]
        done = sum(effect.files for effect in entry.effects)
        limit = done if entry.fault == FaultKind.PARTIAL_DELETE else None
        raw = b"" if entry.body is None else msgspec.json.encode(entry.body)
        asked = Asked(instance=entry.instance, method=entry.method, path=entry.path, query=entry.query, raw=raw)
        self._ask(instance, asked, entry.at, limit)

    def _perform(self, asked: Asked, rule: FaultRule | None, *, at: datetime, deferred: bool = False) -> Answer:
        instance = self.world.instances[asked.instance]
        limit = rule.count if rule is not None and rule.kind is FaultKind.PARTIAL_DELETE else None
        answer = self._guarded(instance, asked, at, limit)
        if asked.method in MUTATING:
            self._record(asked, answer, at, rule, deferred=deferred)
        return answer

    def _guarded(self, instance: Instance, asked: Asked, at: datetime, limit: int | None) -> Answer:
        if asked.path == "/ping":
            return as_json({"status": "OK"})
        if not asked.path.startswith(("/api/", "/MediaCover/")):
            return Answer(body=_INDEX, content_type="text/html")
        if not hmac.compare_digest(asked.key.encode(), instance.api_key.encode()):
            return Answer(status=401)
        return self._ask(instance, asked, at, limit)

    def _ask(self, instance: Instance, asked: Asked, at: datetime, limit: int | None) -> Answer:
        try:
            call = Call(
                method=asked.method,
                path=asked.path,
                query=asked.query,
                body=_parsed(asked.raw),
                at=at,
                file_limit=limit,
            )
            return self._route(instance, call)
        except Refusal as refusal:
            return refusal.answer()

    def _route(self, instance: Instance, call: Call) -> Answer:
        if instance.kind is IntegrationType.SONARR:
            template, call.params, sonarr_handler = SONARR_ROUTES.find(call.method, call.path)
            self._count(instance, call, template)
            return sonarr_handler(self._sonarrs[instance.key], call)
        template, call.params, radarr_handler = RADARR_ROUTES.find(call.method, call.path)
        self._count(instance, call, template)
        return radarr_handler(self._radarrs[instance.key], call)

    def _count(self, instance: Instance, call: Call, template: str) -> None:
        self.counts[f"{call.method} {instance.url_base}{template}"] += 1

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
                status=answer.status,
                effect=answer.effects[0] if answer.effects else None,
                effects=answer.effects,
                fault=rule.kind.value if rule is not None else None,
                auth=asked.auth,
                deferred=deferred,
            )
        )

    def _promise(self, asked: Asked, rule: FaultRule) -> Answer:
        instance = self.world.instances[asked.instance]
        if not hmac.compare_digest(asked.key.encode(), instance.api_key.encode()):
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
        if asked.method != "GET" or not asked.path.startswith(_LIBRARY_READS):
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


def _parsed(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as exc:
        raise Refusal(400, problem({"$": [str(exc)]})) from exc


def _readable(raw: bytes) -> Any:
    """The body for the ledger: as JSON where it is, else as text."""
    try:
        return msgspec.json.decode(raw) if raw else None
    except msgspec.DecodeError:
        return raw.decode(errors="replace")
