"""Simulation: what other settings would do, without doing anything."""

from fastapi import APIRouter

from services.api.change import Parts
from services.api.errors import describe
from services.api.simulate.simulate import simulate
from services.api.simulate.wire import Simulation, SimulationRequest

router = APIRouter(prefix="/engine", tags=["Engine"])


@router.post("/simulate", responses=describe(400, 503))
async def try_settings(body: SimulationRequest, gateway: Parts) -> Simulation:
    """Score the stored library under other weights, rules, thresholds or safety preferences, and compare."""
    return await simulate(gateway, body)
