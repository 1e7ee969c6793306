"""A library on simulated upstreams, read by sync and scored by the engine's own code, for the deleter to act on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from faststream.nats import NatsBroker
from sqlalchemy import insert, select, update

from libs.common.db import models as m
from libs.common.deletions import NewJob
from libs.common.deletions.fingerprint import Instance, fingerprint_of, load_instances
from libs.common.domain.enums import ExecutionMode, IntegrationType, RuleEffect, SnapshotState, Trigger
from libs.common.domain.rules import Operator
from libs.common.messaging.transient import Transient
from libs.simulator.ledger import Entry
from libs.simulator.serve import SimulatorServer
from services.deleter.app import build_queue
from services.deleter.queue import DeletionQueue
from services.deleter.saga import PATIENCE, Patience
from services.deleter.upstreams import Upstreams
from services.engine.evaluation import evaluate
from services.engine.facts import load_facts
from services.engine.preview.store import store_preview
from services.sync.fetch import Reader
from services.sync.upstreams import Upstreams as SyncUpstreams
from tests.harness.eventually import eventually
from tests.harness.expectations import delete_calls, deleted_targets
from tests.service.deleter.rows import BOX, DELAY_S, Owner

LEASE_S = 1.5


@dataclass
class Town:
    """The upstreams, their disk group in auto, and a deleter within the test."""

    owner: Owner
    server: SimulatorServer
    broker: NatsBroker
    ids: dict[str, int] = field(default_factory=dict)
    group_id: int = 0
    patience: Patience = PATIENCE
    opened: list[Upstreams] = field(default_factory=list)
    queues: list[DeletionQueue] = field(default_factory=list)

    async def settle(self) -> None:
        """Connect the upstreams, read them, make the disk group an old acquaintance in auto, and score everything."""
        for key in self.server.world.systems:
            row = self.server.instance(key)
            sealed = BOX.seal(row["apiKey"])
            self.ids[key] = await self.owner.integration(IntegrationType(row["type"]), row["url"], api_key=sealed)
        await self.read()
        group = m.DiskGroup
        await self.owner.execute(update(group).values(mode=ExecutionMode.AUTO, discovered_in_run=None))
        self.group_id = int(await self.owner.scalar(select(group.id)))
        await self.score()

    async def read(self) -> None:
        """A complete read of each source."""
        reader = Reader(
            self.owner.db, self.owner.clock, SyncUpstreams(BOX, allow_loopback=True), lambda: "reader", deadline_s=20
        )
        for integration_id in self.ids.values():
            snapshot = {
                "integration_id": integration_id,
                "state": SnapshotState.REQUESTED,
                "requested_at": self.owner.clock.now(),
            }
            wanted = insert(m.Snapshot).values(snapshot).returning(m.Snapshot.id)
            await reader.read(int(await self.owner.scalar(wanted)))

    async def score(self) -> None:
        """A preview of what is stored now."""
        async with self.owner.db.connect() as conn:
            facts = await load_facts(conn, self.owner.clock.now())
        evaluation = await evaluate(self.owner.db.url, facts)
        async with self.owner.db.begin() as tx:
            await store_preview(tx, evaluation, None)

    async def content_with_little(self) -> None:
        """Its owner lets items go of which little is known; nobody has watched anything here."""
        await self.owner.prefer(evidence_min_weight_pct=0)
        await self.score()

    async def rule(
        self,
        key: str,
        field: str,
        value: str,
        effect: RuleEffect = RuleEffect.ALWAYS_KEEP,
        *,
        operator: Operator = Operator.EQUALS,
    ) -> None:
        """The owner makes a rule about an upstream's items, and everything is scored by it."""
        now = self.owner.clock.now()
        rule = {"integration_id": self.ids[key], "field": field, "operator": operator, "value": value, "effect": effect}
        await self.owner.execute(insert(m.CustomRule).values(created_at=now, updated_at=now, **rule))
        await self.score()

    async def job(self, key: str, external_id: str, **fields: Any) -> NewJob:
        """What the engine would queue for an item of the catalogue."""
        item = await self.owner.one(
            select(m.MediaItem.__table__).where(
                m.MediaItem.integration_id == self.ids[key], m.MediaItem.external_id == external_id
            )
        )
        known: dict[str, Any] = {
            "integration_id": item.integration_id,
            "media_type": item.media_type,
            "external_id": item.external_id,
            "title": item.title,
            "size_bytes": item.size_bytes,
            "path": item.path,
            "score": 0.5,
            "trigger": Trigger.ENGINE,
            "disk_group_id": self.group_id,
            "enqueued_mode": ExecutionMode.AUTO,
            "force_dry_run": False,
            "fingerprint": fingerprint_of(item._asdict(), (await self._instances()).get(item.integration_id)),
        }
        return NewJob(**(known | fields))

    async def _instances(self) -> dict[int, Instance]:
        async with self.owner.db.connect() as conn:
            return await load_instances(conn, self.ids.values())

    def deleter(self, *, lease_s: float = LEASE_S, upstreams: Upstreams | None = None) -> DeletionQueue:
        """Another replica's queue; its leases are short, so that a worker that is gone is soon missed."""
        upstreams = upstreams or Upstreams(BOX, allow_loopback=True)
        self.opened.append(upstreams)
        transient = Transient(self.broker, "deleter")
        queue = build_queue(
            self.owner.db, self.owner.clock, upstreams, transient, lease_s=lease_s, patience=self.patience
        )
        self.queues.append(queue)
        return queue

    async def close(self) -> None:
        """Stop the deleters and close what they opened."""
        for queue in self.queues:
            await queue.stop()
        for upstreams in self.opened:
            await upstreams.close()

    async def work(self, queue: DeletionQueue, until: Callable[[], Awaitable[Any]], within_s: float = 20) -> None:
        """Let a queue look again and again until the condition holds."""

        async def looked() -> Any:
            await queue.look_once()
            return await until()

        await eventually(looked, within_s=within_s, every_s=0.05)

    async def drain(self, *queues: DeletionQueue) -> None:
        """Jump over the grace period and work until every job has ended."""
        self.owner.clock.jump(seconds=DELAY_S + 1)
        for queue in queues or (self.deleter(),):
            await self.work(queue, self.all_ended)

    async def all_ended(self) -> bool:
        under_way = {"waiting", "claimed", "deleting", "verifying"}
        return not under_way & set(await self.owner.states())

    @property
    def deleted(self) -> list[tuple[str, str]]:
        """What the upstreams really removed."""
        return deleted_targets(self.server.ledger())

    @property
    def calls(self) -> list[Entry]:
        """Every delete that reached them; what one of them does late is no call."""
        return [entry for entry in delete_calls(self.server.ledger()) if not entry.deferred]
