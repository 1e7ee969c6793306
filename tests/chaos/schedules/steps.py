"""A schedule: from a seed to a list of timed steps, always the same ones for the same seed. Pure."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

SERVERS = ("nats", "postgres")
PROCESSES = ("api", "sync", "engine", "deleter", "deleter-2", "notifier")
LASTS_S = 6.0
"""Real seconds between the first and the last step."""


class Do(StrEnum):
    """What a step does; `word`, `share` and `seconds` of the step say to whom and how long."""

    KILL = "kill"
    BREAK = "break"
    MODE = "mode"
    SWITCH = "switch"
    NEED = "need"
    CANCEL = "cancel"
    SNOOZE = "snooze"
    CLEAR = "clear"
    KEEP = "keep"
    UNKEEP = "unkeep"
    RUN = "run"
    JUMP = "jump"
    ARRIVE = "arrive"
    APPROVE = "approve"
    REJECT = "reject"
    APPROVE_ALL = "approve all of a collection"
    REJECT_ALL = "reject all of a collection"
    UNSNOOZE = "unsnooze"
    BY_HAND = "by hand"
    WATCH = "watch"
    PLAY = "play"


class Trouble(StrEnum):
    """How an upstream goes wrong for a while."""

    SLOW = "slow"
    UNAUTHORISED = "unauthorised"
    ERRORS = "errors"
    SILENT = "silent"
    LOGIN_PAGE = "login_page"
    CUT_SHORT = "cut_short"
    NOTHING_THERE = "nothing_there"
    CUT_OFF = "cut_off"
    SLOW_DELETE = "slow_delete"
    REFUSED_DELETE = "refused_delete"
    LATE_DELETE = "late_delete"
    UNANSWERED_DELETE = "unanswered_delete"
    CUT_DELETE = "cut_delete"
    GARBLED_DELETE = "garbled_delete"
    NO_UNMONITOR = "no_unmonitor"


TROUBLES_OF_READS = (
    Trouble.SLOW,
    Trouble.UNAUTHORISED,
    Trouble.ERRORS,
    Trouble.SILENT,
    Trouble.LOGIN_PAGE,
    Trouble.CUT_SHORT,
    Trouble.CUT_OFF,
)
"""Those of an upstream from which nothing is deleted."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step, `at_s` real seconds after the beginning. `share`, from 0 to below 1, picks one of what there is."""

    at_s: float
    do: Do
    word: str = ""
    share: float = 0.0
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.at_s:5.2f} s  {self.do:<27} {self.word:<25} share {self.share:.2f}, {self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class Schedule:
    """`pace` is the number of deletions per minute that both upstreams are given, `mode` that of the disk group."""

    seed: int
    mode: str
    pace: int
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "\n".join([f"seed {self.seed}, in {self.mode}, {self.pace} deletions a minute", *map(str, self.steps)])


def schedule_of(seed: int) -> Schedule:
    """The schedule of a seed. Deletions become due early, so that most of it happens while they are under way.

    In one of three the disk group begins in approval, and its owner approves more.
    """
    dice = random.Random(f"schedule {seed}")
    mode = dice.choice(("auto", "auto", "approval"))
    steps = [Step(round(dice.uniform(0.2, 1.2), 2), Do.JUMP, seconds=31.0)]
    kinds, weights = zip(*(_WEIGHTS | _WEIGHTS_IN.get(mode, {})).items(), strict=True)
    for do in dice.choices(kinds, weights, k=dice.randint(14, 24)):
        at_s, share = round(dice.uniform(0.0, LASTS_S), 2), min(round(dice.random(), 3), 0.999)
        word, seconds = _DETAILS[do](dice) if do in _DETAILS else ("", 0.0)
        steps.append(Step(at_s, do, word, share, seconds))
    return Schedule(seed, mode, dice.choice((240, 600, 1200)), tuple(sorted(steps, key=lambda step: step.at_s)))


_WEIGHTS = {
    Do.KILL: 5,
    Do.BREAK: 4,
    Do.MODE: 2,
    Do.SWITCH: 1,
    Do.NEED: 1,
    Do.CANCEL: 2,
    Do.SNOOZE: 2,
    Do.CLEAR: 0.5,
    Do.KEEP: 2,
    Do.UNKEEP: 0.5,
    Do.RUN: 1.5,
    Do.JUMP: 3,
    Do.ARRIVE: 1,
    Do.APPROVE: 3,
    Do.REJECT: 1,
    Do.APPROVE_ALL: 2,
    Do.REJECT_ALL: 0.5,
    Do.UNSNOOZE: 1.5,
    Do.BY_HAND: 1,
    Do.WATCH: 2,
    Do.PLAY: 2,
}

_WEIGHTS_IN: dict[str, dict[Do, float]] = {
    "approval": {Do.APPROVE: 6, Do.REJECT: 2, Do.APPROVE_ALL: 10, Do.REJECT_ALL: 1, Do.UNSNOOZE: 4},
}

NEEDS = {"85 75": (85, 75), "85 70": (85, 70), "80 78": (80, 78), "95 90": (95, 90)}
"""Thresholds and targets in percent."""

_JUMPS_S = (31.0, 31.0, 31.0, 61.0, 130.0, 660.0, 4_000.0, 8_000.0, -20.0)


def _kill(dice: random.Random) -> tuple[str, float]:
    word = dice.choice((*PROCESSES, "deleter", "deleter-2", *SERVERS))
    return word, round(dice.uniform(0.0, 1.2), 2)


def _break(dice: random.Random) -> tuple[str, float]:
    instance = dice.choice(("radarr", "radarr", "sonarr", "sonarr", "jellyfin"))
    troubles = TROUBLES_OF_READS if instance == "jellyfin" else tuple(Trouble)
    return f"{instance} {dice.choice(troubles)}", round(dice.uniform(0.3, 2.5), 2)


_DETAILS: dict[Do, Callable[[random.Random], tuple[str, float]]] = {
    Do.KILL: _kill,
    Do.BREAK: _break,
    Do.MODE: lambda dice: (dice.choice(("auto", "approval", "approval", "dry-run")), 0.0),
    Do.SWITCH: lambda dice: (dice.choice(("on", "off")), 0.0),
    Do.NEED: lambda dice: (dice.choice(list(NEEDS)), 0.0),
    Do.JUMP: lambda dice: ("", dice.choice(_JUMPS_S)),
    Do.WATCH: lambda dice: ("", round(dice.uniform(4.0, 7.0), 2)),
    Do.ARRIVE: lambda dice: (dice.choice(("movie", "season files")), 0.0),
}
