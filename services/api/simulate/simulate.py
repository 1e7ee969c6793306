"""Trying settings: checked here, scored by the engine, shown with scores of 0 to 100."""

from typing import Any

from libs.common.messaging import simulation as questions
from services.api.bus import ask_engine
from services.api.errors import BadInputError
from services.api.gateway import Gateway
from services.api.simulate import queries
from services.api.simulate.question import question_of
from services.api.simulate.wire import ComparedItems, Difference, Simulation, SimulationRequest

MOST_BYTES = 1_000_000
"""What fits into one message; two hundred rules of a thousand plain letters are a fifth of it."""

_SCORE_DIGITS = 4


async def simulate(gateway: Gateway, body: SimulationRequest) -> Simulation:
    """Raises `BadInputError` by its place in the body, `UnavailableError` when no engine answers."""
    async with gateway.db.connect() as conn:
        question = question_of(body, await queries.stored(conn))
    if len(question.model_dump_json().encode()) > MOST_BYTES:
        raise BadInputError(f"rules: are longer than {MOST_BYTES} bytes together")
    answer = await ask_engine(
        gateway.broker, questions.SIMULATE, question, questions.Simulated, questions.SIMULATION_TIMEOUT_S
    )
    if answer.simulation is None:
        raise BadInputError(answer.fault or "this cannot be tried")
    return _shown(answer.simulation)


def _shown(found: questions.Simulation) -> Simulation:
    groups: Any = [group.model_dump() for group in found.groups]
    return Simulation(
        disk_groups=groups,
        difference=Difference(added=_items(found.added), removed=_items(found.removed)),
        newly_protected=_items(found.newly_protected),
        no_longer_protected=_items(found.no_longer_protected),
    )


def _items(found: questions.ComparedItems) -> ComparedItems:
    listed: Any = [
        item.model_dump() | {"score_before": _points(item.score_before), "score_after": _points(item.score_after)}
        for item in found.items
    ]
    return ComparedItems(total=found.total, total_bytes=found.total_bytes, items=listed)


def _points(score: float) -> float:
    return round(min(score, 1.0) * 100, _SCORE_DIGITS)
