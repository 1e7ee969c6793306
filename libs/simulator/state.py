"""What a simulator remembers in its state directory: which library it had, since when, and what was done to it."""

from datetime import datetime
from pathlib import Path

import msgspec

from libs.simulator.clock import SimClock
from libs.simulator.generator import generate
from libs.simulator.interventions import repeat_intervention
from libs.simulator.ledger import Ledger
from libs.simulator.simulation import Simulation

_BIRTH = "birth.json"
_LEDGER = "ledger.jsonl"


class StateError(Exception):
    """The state directory cannot be used, or belongs to another library; the text says what to do."""


class Birth(msgspec.Struct, frozen=True):
    """From which a library is generated; the same birth gives the same library."""

    profile: str
    seed: int
    now: datetime


def open_simulation(wanted: Birth, directory: Path | None) -> Simulation:
    """A new library, or the one of `directory` as it was left: generated from its birth, with its ledger done again.

    Raises `StateError`.
    """
    if directory is None:
        return Simulation(generate(wanted.profile, wanted.seed, wanted.now))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        birth = _remembered(wanted, directory / _BIRTH)
        ledger = Ledger(directory / _LEDGER)
        entries = ledger.load()
    except BlockingIOError as exc:
        raise StateError(f"another simulator uses the state directory {directory}") from exc
    except (OSError, msgspec.MsgspecError) as exc:
        raise StateError(f"the state directory {directory} cannot be used: {exc}") from exc
    world = generate(birth.profile, birth.seed, birth.now)
    world.clock = SimClock(wanted.now)  # the library keeps its old dates, and is older now
    simulation = Simulation(world, ledger)
    for entry in entries:
        if entry.control:
            repeat_intervention(simulation, entry)
        elif entry.effects:
            simulation.repeat(entry)
    simulation.counts.clear()
    return simulation


def _remembered(wanted: Birth, path: Path) -> Birth:
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(wanted))
        fresh.replace(path)
        return wanted
    known = msgspec.json.decode(path.read_bytes(), type=Birth)
    if (known.profile, known.seed) != (wanted.profile, wanted.seed):
        raise StateError(
            f"{path.parent} holds the library {known.profile} with seed {known.seed}, "
            f"not {wanted.profile} with seed {wanted.seed}: give another --state-dir or the same library"
        )
    return known
