"""A house whose upstreams were read once, and the targeted reads that follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from prometheus_client import CollectorRegistry
from sqlalchemy import func, select, text, update

from libs.common.db import models as m
from libs.common.domain.enums import RefreshKind, RefreshState, SnapshotState
from libs.common.refresh import RefreshTarget, request_refresh
from libs.simulator.interventions import intervene
from libs.simulator.serve import SimulatorServer
from services.sync.enrichment.merge import merge_if_outdated
from services.sync.fetch import Reader
from services.sync.refresh.refresher import Refresher
from services.sync.upstreams import Upstreams
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.rows import BOX, House


@dataclass
class Refreshing:
    """Everything a test of targeted reads needs in its hands."""

    house: House
    clock: JumpingClock
    server: SimulatorServer
    reader: Reader
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    refresher: Refresher = field(init=False)

    def __post_init__(self) -> None:
        self.refresher = self.replica(self.registry)

    def replica(self, registry: CollectorRegistry | None = None) -> Refresher:
        """Another replica's."""
        upstreams = Upstreams(BOX, allow_loopback=True)
        return Refresher(
            self.house.db, self.clock, upstreams, registry or CollectorRegistry(), new_owner=lambda: str(uuid4())
        )

    async def connect(self, key: str, *, is_read: bool = True, **columns: Any) -> int:
        """A simulated system as an integration, read completely."""
        integration_id = await self.house.connect(self.server.instance(key), **columns)
        if is_read:
            await self.read_all(integration_id)
        return integration_id

    async def read_all(self, integration_id: int) -> None:
        """A full read, with its merge."""
        self.house.now = self.clock.now()
        snapshot_id = await self.house.request(integration_id)
        await self.reader.read(snapshot_id)
        assert (await self.house.snapshot(snapshot_id)).state is SnapshotState.COMPLETE
        await merge_if_outdated(self.house.db, self.clock.now(), patiently=False)
        self.asked()

    async def tell(self, integration_id: int, kind: RefreshKind, native_id: str = "", user_id: str = "") -> bool:
        """What the api does with an event."""
        async with self.house.db.begin() as tx:
            target = RefreshTarget(kind, native_id, user_id)
            return await request_refresh(tx, integration_id, target, self.clock.now())

    async def refresh(self, integration_id: int, kind: RefreshKind, native_id: str = "", user_id: str = "") -> Any:
        """An event and its read; answers the row of the request."""
        await self.tell(integration_id, kind, native_id, user_id)
        assert await self.refresher.refresh(integration_id) == 1
        return await self.row(integration_id, kind, native_id)

    async def row(self, integration_id: int, kind: RefreshKind, native_id: str = "") -> Any:
        """One request."""
        row = m.RefreshRequest
        wanted = select(row.__table__).where(
            row.integration_id == integration_id, row.kind == kind, row.native_id == native_id
        )
        (found,) = await self.house.rows(wanted)
        return found

    async def is_in(self, integration_id: int, state: RefreshState) -> bool:
        """Whether something of the integration is in that state."""
        row = m.RefreshRequest
        found = select(row.native_id).where(row.integration_id == integration_id, row.state == state)
        return bool(await self.house.rows(found))

    async def expire_lease(self) -> None:
        """Everybody who reads fell silent a while ago."""
        past = func.clock_timestamp() - text("interval '1 second'")
        await self.house.execute(update(m.RefreshRequest).values(lease_until=past))

    def asked(self) -> Mapping[str, int]:
        """How often each route was asked since the last time."""
        counts = self.server.do(lambda: dict(self.server.simulation.counts))
        self.server.do(self.server.simulation.counts.clear)
        return counts

    def change(self, name: str, **body: Any) -> dict[str, Any]:
        """Change the simulated world."""
        return self.server.do(lambda: intervene(self.server.simulation, name, body))

    def do(self, action: Callable[[], Any]) -> Any:
        """Change it in another way."""
        return self.server.do(action)

    async def item(self, integration_id: int, external_id: str) -> dict[str, Any] | None:
        """One item of the catalogue."""
        return (await self.house.catalogue()).get((integration_id, external_id))

    def count(self, kind: RefreshKind) -> dict[str, float]:
        """How the reads of a kind have ended, in all."""
        found = {}
        for metric in self.registry.collect():
            for sample in metric.samples:
                if sample.name == "capacitarr_refreshes_total" and sample.labels["kind"] == kind:
                    found[sample.labels["outcome"]] = sample.value
        return found
