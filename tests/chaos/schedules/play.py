"""Carries a schedule out, lets everything come to rest, and has it judged."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from libs.common.clock import real_now
from libs.simulator.interventions import intervene
from libs.simulator.library import EpisodeFile
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import GB
from tests.chaos.schedules.aftermath import Aftermath, Library, aftermath_of
from tests.chaos.schedules.arena import Arena
from tests.chaos.schedules.audience import HOUSE, Audience
from tests.chaos.schedules.judge import removals_of, verdict
from tests.chaos.schedules.library import KEEP, chaos_library, library_of
from tests.chaos.schedules.owner import Owner
from tests.chaos.schedules.record import Arrived
from tests.chaos.schedules.steps import Do, Schedule, Step, Trouble
from tests.chaos.schedules.troubles import rules_of
from tests.harness.eventually import eventually

SETTLED_WITHIN_S = 120.0
"""Real time from the last step to rest: leases of the killed run out, and what failed is tried again."""

_LOOK_EVERY_S = 0.3
_QUEUED_WITHIN_S = 60.0
_SNOOZE_HOURS = 1

_ACTIVE = "select count(*) from deletion_jobs where state in ('waiting', 'claimed', 'deleting', 'verifying')"
_UNDER_WAY = """
    select (select count(*) from deletion_jobs where state in ('claimed', 'deleting', 'verifying'))
         + (select count(*) from engine_runs where state in ('queued', 'running'))
         + (select count(*) from snapshots where state in ('requested', 'reading'))
         + (select count(*) from preview_state where wanted_scoring > scored_scoring)
"""
_OPEN_BATCHES = "select count(*) from deletion_batches where completed_at is null"


@dataclass
class Outcome:
    """What came of one schedule. `violations` empty: nothing was broken."""

    schedule: Schedule
    violations: list[str] = field(default_factory=list)
    removed: int = 0
    seconds: float = 0.0
    phases: list[tuple[str, float]] = field(default_factory=list)
    report: str = ""


@dataclass
class Play:
    """One schedule on an arena that is as good as new."""

    arena: Arena
    schedule: Schedule
    server: SimulatorServer
    library: Library
    owner: Owner
    instances: dict[int, str] = field(default_factory=dict)
    began_at: datetime = field(default_factory=real_now)

    @cached_property
    def audience(self) -> Audience:
        """The people in front of the media server."""
        return Audience(self.server, self.owner, self.instances)

    async def set_up(self) -> None:
        """All upstreams connected and read, one tag protected, and jobs in their delay, or entries to be approved."""
        system, keys = self.arena.system, ("radarr", "sonarr")
        rows = [self.server.instance(key) for key in keys]
        ids = await system.connect(rows, deletionsPerMinute=self.schedule.pace, collectionDeletion=True)
        self.instances |= dict(zip(ids, keys, strict=True))
        (house,) = await system.connect([self.server.instance(HOUSE)])
        self.audience.webhook_url = (await system.get(f"/integrations/{house}/webhook"))["url"]
        await system.send("PATCH", "/preferences/engine", {"snoozeDurationHours": _SNOOZE_HOURS})
        for integration_id in ids:
            rule = {"field": "tag", "operator": "contains", "value": KEEP, "effect": "always_keep"}
            await system.send("POST", "/custom-rules", rule | {"integrationId": integration_id})
        await system.run_engine()
        (group,) = await system.get("/disk-groups")
        self.owner.group_id = group["id"]
        await self.owner.mode(self.schedule.mode)
        queue = "/approval-queue" if self.schedule.mode == "approval" else "/deletion-queue"
        await eventually(lambda: system.get(queue), within_s=_QUEUED_WITHIN_S, every_s=0.1)

    async def carry_out(self) -> None:
        """Every step at its time, whatever becomes of those before."""
        began = time.monotonic()

        async def at_its_time(step: Step) -> None:
            await asyncio.sleep(max(0.0, began + step.at_s - time.monotonic()))
            await self._step(step)

        async with asyncio.TaskGroup() as group:
            for step in self.schedule.steps:
                group.create_task(at_its_time(step))

    async def _step(self, step: Step) -> None:
        owner = self.owner
        acts: dict[Do, Callable[[], Awaitable[None]]] = {
            Do.KILL: lambda: self.arena.kill(step.word, step.seconds),
            Do.BREAK: lambda: self._break(step),
            Do.MODE: lambda: owner.mode(step.word),
            Do.SWITCH: lambda: owner.switch(step.word),
            Do.NEED: lambda: owner.need(step.word),
            Do.CANCEL: lambda: owner.cancel(step.share),
            Do.SNOOZE: lambda: owner.snooze(step.share),
            Do.CLEAR: owner.clear,
            Do.KEEP: lambda: owner.keep(step.share),
            Do.UNKEEP: lambda: owner.unkeep(step.share),
            Do.RUN: owner.run,
            Do.JUMP: lambda: self._jump(step.seconds),
            Do.ARRIVE: lambda: self._arrive(step),
            Do.APPROVE: lambda: owner.approve(step.share),
            Do.REJECT: lambda: owner.reject(step.share),
            Do.APPROVE_ALL: lambda: owner.approve_collection(step.share),
            Do.REJECT_ALL: lambda: owner.reject_collection(step.share),
            Do.UNSNOOZE: lambda: owner.unsnooze(step.share),
            Do.BY_HAND: lambda: owner.delete_by_hand(step.share),
            Do.WATCH: lambda: self.audience.watch(step.share, step.seconds),
            Do.PLAY: lambda: self.audience.play(step.share),
        }
        await acts[step.do]()

    async def _break(self, step: Step) -> None:
        instance, _, trouble = step.word.partition(" ")
        rules = [self.server.break_calls(rule) for rule in rules_of(instance, Trouble(trouble))]
        await asyncio.sleep(step.seconds)
        for rule in rules:
            self.server.do(lambda number=rule.id: self.server.simulation.faults.clear(number))  # type: ignore[misc]

    async def _jump(self, seconds: float) -> None:
        """The world ages with the product, so that ages stay true."""
        self.arena.system.clock.jump(seconds=seconds)
        self.server.do(lambda: intervene(self.server.simulation, "clock", {"seconds": seconds}))

    async def _arrive(self, step: Step) -> None:
        self.owner.record.arrived.append(self.server.do(lambda: self._planted(step)))

    def _planted(self, step: Step) -> Arrived:
        """A download that is complete now, planted between two calls."""
        simulation, size_bytes = self.server.simulation, 6 * GB
        behind = len(simulation.ledger.since())
        radarr, sonarr = (self.server.world.instances[key] for key in ("radarr", "sonarr"))
        if step.word == "movie" or not sonarr.shows:
            movie = {"title": f"Newcomer {step.share}", "sizeBytes": size_bytes, "ageDays": 0}
            came = intervene(simulation, "items", {"instance": "radarr", "movie": movie})
            file = radarr.movies[came["id"]].file
            return Arrived(behind, size_bytes, "radarr", frozenset({file.id} if file else ()))
        show = list(sonarr.shows.values())[int(step.share * len(sonarr.shows))]
        known = {file.id for file in _files(show.seasons)}
        season = {"number": show.seasons[int(step.share * len(show.seasons))].number, "sizeBytes": size_bytes}
        intervene(simulation, "items", {"instance": "sonarr", "showId": show.id, "season": season})
        fresh = [file for file in _files(show.seasons) if file.id not in known]
        return Arrived(behind, sum(file.size_bytes for file in fresh), "sonarr", frozenset(file.id for file in fresh))

    async def settle(self) -> None:
        """Heal, and wait until nothing is left to be done. What is stuck after that is for the judge to see."""
        self.server.heal()
        await self.arena.all_ready()
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while time.monotonic() < deadline:
            if await self.arena.scalar(_UNDER_WAY):
                await asyncio.sleep(_LOOK_EVERY_S)
                continue
            if await self.arena.scalar(_ACTIVE):
                await self.owner.release_holds()
                await self._jump(31)
                await asyncio.sleep(2 * _LOOK_EVERY_S)
                continue
            if not await self.arena.scalar(_OPEN_BATCHES) and await self.arena.is_told():
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    async def aftermath(self) -> Aftermath:
        """The facts."""
        ledger = self.server.ledger()
        return await aftermath_of(self.arena.system, self.arena.db, self.library, self.instances, ledger, self.began_at)


class _Watch:
    """Tells how long each phase took."""

    def __init__(self, phases: list[tuple[str, float]]) -> None:
        self._phases = phases
        self._since = time.monotonic()

    def phase(self, name: str) -> None:
        self._phases.append((name, time.monotonic() - self._since))
        self._since = time.monotonic()


async def play(arena: Arena, schedule: Schedule) -> Outcome:
    """One schedule from a fresh library to its verdict."""
    outcome = Outcome(schedule)
    took = _Watch(outcome.phases)
    await arena.make_new()
    took.phase("made new")
    world = chaos_library(schedule.seed)
    library = library_of(world)
    with SimulatorServer(world) as server:
        this = Play(arena, schedule, server, library, Owner(arena.system))
        await this.set_up()
        took.phase("set up")
        async with this.audience.listening(arena.db):
            await this.carry_out()
            took.phase("carried out")
            await this.settle()
            took.phase("settled")
        after = await this.aftermath()
    outcome.violations = verdict(this.owner.record, after)
    outcome.removed = len(removals_of(after.ledger))
    outcome.seconds = sum(seconds for _, seconds in outcome.phases)
    if outcome.violations:
        outcome.report = _report(arena, this.owner, outcome, after)
    return outcome


def _report(arena: Arena, owner: Owner, outcome: Outcome, after: Aftermath) -> str:
    logs = [f"-- {label}\n{process.log[-6000:]}" for label, process in sorted(arena.system.processes.items())]
    ledger = [
        f"{each.at:%H:%M:%S}  {each.instance} {each.method} {each.path} {each.query or ''} {each.body or ''}: "
        f"{each.status} {each.fault or ''} {'deferred' if each.deferred else ''} "
        f"{[(effect.kind, effect.id, effect.season, effect.files) for effect in each.effects]}"
        for each in after.ledger
    ]
    sections = {
        "violations": outcome.violations,
        "schedule": [str(outcome.schedule)],
        "what the owner said": owner.said,
        "journal": [str(move) for move in after.moves],
        "ledger": ledger,
        "logs": logs,
    }
    return "\n".join(f"\n=== {title}\n" + "\n".join(lines) for title, lines in sections.items())


def _files(seasons: object) -> list[EpisodeFile]:
    return [file for season in seasons for file in season.files]  # type: ignore[attr-defined]
