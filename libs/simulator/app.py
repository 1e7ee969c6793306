"""Puts the simulator together: the control API beside the doors of the simulated systems."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

from libs.simulator.control import Control
from libs.simulator.gate import Gate
from libs.simulator.simulation import Simulation
from libs.simulator.traffic import Weighed


def build_app(simulation: Simulation) -> Starlette:
    """The ASGI application of a simulation. Lists are compressed for callers who ask, lightly: they are large."""
    gate = Weighed(Gate(simulation), simulation.traffic.payload_bytes)
    return Starlette(
        routes=[Mount("/_sim", routes=Control(simulation).routes()), Mount("/", app=gate)],
        middleware=[
            Middleware(Weighed, weights=simulation.traffic.sent_bytes),
            Middleware(GZipMiddleware, compresslevel=1),
        ],
    )
