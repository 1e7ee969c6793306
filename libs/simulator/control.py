"""The control API under `/_sim`: look at the truth and the ledger, order faults, change the world."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from libs.simulator.faults import FaultRule
from libs.simulator.installed import Installed
from libs.simulator.interventions import intervene
from libs.simulator.simulation import Simulation
from libs.simulator.truth import true_items

_BATCH = 500


class Control:
    """One endpoint per question or order."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def routes(self) -> list[Route]:
        """The paths below `/_sim`."""
        return [
            Route("/ready", self.ready),
            Route("/instances", self.instances),
            Route("/instances/{instance}", self.configure, methods=["POST"]),
            Route("/ledger", self.ledger),
            Route("/calls", self.calls, methods=["GET", "DELETE"]),
            Route("/traffic", self.traffic, methods=["GET", "DELETE"]),
            Route("/truth", self.truth),
            Route("/items", self.items, methods=["POST"]),
            Route("/audience", self.audience, methods=["POST"]),
            Route("/disks", self.disks),
            Route("/disks/{volume}", self.set_free, methods=["POST"]),
            Route("/clock", self.clock, methods=["POST"]),
            Route("/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/faults/{id:int}", self.lift_fault, methods=["DELETE"]),
        ]

    async def ready(self, _: Request) -> Response:
        """200 as soon as the library stands."""
        world = self._simulation.world
        return _json({"status": "ready", "profile": world.profile, "seed": world.seed, "items": world.item_count()})

    async def instances(self, request: Request) -> Response:
        """Every simulated system: its kind, address and key."""
        origin = f"{request.url.scheme}://{request.url.netloc}"
        return _json([instance_row(instance, origin) for instance in self._installed()])

    def _installed(self) -> list[Installed]:
        return [system.server.installed for system in self._simulation.systems.values()]

    async def configure(self, request: Request) -> Response:
        """`{settings: {recycleBin, appName, …}, rootAccessible: {path: bool}}` for one system; roots are an *arr's."""
        return await self._order(request, "settings", instance=request.path_params["instance"])

    async def ledger(self, request: Request) -> Response:
        """Mutating calls behind `since`, oldest first."""
        self._simulation.settle_due()
        since = request.query_params.get("since", "0")
        if not since.isdigit():
            return _json({"error": "since must be a number"}, 400)
        return _json(self._simulation.ledger.since(int(since)))

    async def calls(self, request: Request) -> Response:
        """How often each route was asked; DELETE starts counting anew."""
        if request.method == "DELETE":
            self._simulation.counts.clear()
        return _json(dict(self._simulation.counts))

    async def traffic(self, request: Request) -> Response:
        """How much each system was asked and how much it answered; DELETE starts anew."""
        if request.method == "DELETE":
            self._simulation.traffic.clear()
        return _json(self._simulation.traffic.report())

    async def truth(self, request: Request) -> Response:
        """What exists, as one list; `instance` narrows it."""
        self._simulation.settle_due()
        return StreamingResponse(self._truth(request.query_params.get("instance")), media_type="application/json")

    async def _truth(self, instance: str | None) -> AsyncIterator[bytes]:
        rows = [msgspec.json.encode(item) for item in true_items(self._simulation.world, instance)]
        yield b"["
        for start in range(0, len(rows), _BATCH):
            yield (b"," if start else b"") + b",".join(rows[start : start + _BATCH])
        yield b"]"

    async def items(self, request: Request) -> Response:
        """Add a movie, a show, or files of a season."""
        return await self._order(request, "items")

    async def audience(self, request: Request) -> Response:
        """Plays, favourites, labels and requests that come, and titles that go; see audience_changes.py."""
        return await self._order(request, "audience")

    async def disks(self, _: Request) -> Response:
        """Every volume with its room."""
        volumes = self._simulation.world.disks.volumes.values()
        return _json([{"name": v.name, "totalBytes": v.total_bytes, "freeBytes": v.free_bytes} for v in volumes])

    async def set_free(self, request: Request) -> Response:
        """`{freeBytes}` for one volume."""
        return await self._order(request, "disks", volume=request.path_params["volume"])

    async def clock(self, request: Request) -> Response:
        """`{seconds}`: move the world's time."""
        return await self._order(request, "clock")

    async def faults(self, request: Request) -> Response:
        """The rules in force; POST adds one, DELETE lifts all."""
        if request.method == "POST":
            return await _guarded(lambda: self._add_fault(request))
        if request.method == "DELETE":
            self._simulation.faults.clear()
        return _json(self._simulation.faults.rules)

    async def _add_fault(self, request: Request) -> Response:
        rule = msgspec.json.decode(await request.body(), type=FaultRule)
        return _json(self._simulation.faults.add(rule), 201)

    async def lift_fault(self, request: Request) -> Response:
        """Lift one rule."""
        self._simulation.faults.clear(request.path_params["id"])
        return _json(self._simulation.faults.rules)

    async def _order(self, request: Request, name: str, **named: str) -> Response:
        async def carry_out() -> Response:
            body: dict[str, Any] = msgspec.json.decode(await request.body(), type=dict[str, Any])
            return _json(intervene(self._simulation, name, body | named))

        return await _guarded(carry_out)


def instance_row(instance: Installed, origin: str) -> dict[str, str]:
    """What a person would type into the product to connect this instance."""
    return {
        "type": instance.kind.value,
        "name": instance.name,
        "url": f"{origin}{instance.url_base}",
        "apiKey": instance.api_key,
    }


async def _guarded(action: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await action()
    except ValueError as exc:  # msgspec's errors and our refusals are ValueErrors
        return _json({"error": str(exc)}, 400)


def _json(payload: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(payload), status, media_type="application/json")
