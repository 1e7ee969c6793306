"""What the audit log keeps of a decision: its facts with source and time, whatever becomes of the rows behind them."""

import pytest
from sqlalchemy import delete, insert, update

from libs.common.db import models as m
from libs.common.deletions import cancel_waiting
from libs.common.domain.enums import AuditAction, Capability, ExecutionMode, IntegrationType, MediaType
from services.deleter.removal import forget_removed
from services.deleter.simulate import settle_due
from tests.service.deleter.rows import DELAY_S, GB, Owner, movie, simulation
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service


async def known_item(owner: Owner, integration_id: int, group_id: int, **columns: object) -> None:
    """A movie that was read, and that nobody has ever played."""
    now = owner.clock.now()
    values = {
        "integration_id": integration_id,
        "external_id": "1",
        "media_type": MediaType.MOVIE,
        "title": "Movie 1",
        "size_bytes": 10 * GB,
        "disk_group_id": group_id,
        "monitored": True,
        "play_count": 0,
        "watch_evidence_at": now,
        "snapshot_id": 1,
        "seen_at": now,
        "first_seen_at": now,
        **columns,
    }
    await owner.execute(insert(m.MediaItem).values(values))


async def cancel_all(owner: Owner) -> None:
    async with owner.db.begin() as tx:
        await cancel_waiting(tx, m.DeletionJob.id > 0, "a person cancelled it", "api", owner.clock.now())


async def test_every_job_is_recorded_with_the_facts_of_its_decision(owner: Owner) -> None:
    radarr, group = await owner.integration(IntegrationType.RADARR), await owner.group()
    plex = await owner.integration(IntegrationType.PLEX)
    reading = {"integration_id": plex, "capability": Capability.LABELS, "complete_at": owner.clock.now()}
    await owner.execute(insert(m.SourceReading).values(reading))
    await known_item(owner, radarr, group, watch_evidence={str(plex): "never"}, labels=["old"])
    fingerprint = {"title": "Movie 1", "path": "", "sizeBytes": 10 * GB, "fileFingerprint": "7"}
    details = '[{"ruleId":4,"name":"lean_remove: rating lt 5","matchedValue":"3"}]'
    await owner.enqueue(
        movie(radarr, "1", disk_group_id=group, fingerprint=fingerprint, score_details=details),
        movie(radarr, "2", disk_group_id=None),
    )
    await owner.execute(update(m.MediaItem).values(play_count=5, labels=[]))
    await owner.execute(update(m.DiskGroup).values(threshold_pct=99))

    await cancel_all(owner)

    known, unknown = [entry.evidence for entry in await owner.audit()]
    facts = {fact["fact"]: fact for fact in known["facts"]}
    assert (facts["playCount"]["value"], facts["playCount"]["told"]) == (0, {"plex": "never"})
    assert (facts["labels"]["value"], facts["labels"]["source"], facts["labels"]["state"]) == ("old", "plex", "fresh")
    assert known["diskGroup"]["thresholdPct"] == 85
    assert known["rules"] == [{"id": 4, "text": "lean_remove: rating lt 5", "had": "3"}]
    assert known["fingerprint"] == fingerprint
    assert (unknown["facts"], unknown["diskGroup"]) == ([], None)
    assert unknown["integration"] == {"id": radarr, "name": "radarr", "type": "radarr"}


async def test_facts_the_decider_went_by_outrank_those_that_came_since(owner: Owner) -> None:
    radarr, group = await owner.integration(IntegrationType.RADARR), await owner.group()
    await known_item(owner, radarr, group, play_count=5)

    await owner.enqueue(movie(radarr, "1", disk_group_id=group, facts={"play_count": 0}))

    await cancel_all(owner)
    (entry,) = await owner.audit()
    assert [fact["value"] for fact in entry.evidence["facts"] if fact["fact"] == "playCount"] == [0]


async def test_a_simulation_keeps_its_evidence_in_the_log_and_not_in_the_queue_as_well(owner: Owner) -> None:
    radarr, group = await owner.integration(IntegrationType.RADARR), await owner.group(ExecutionMode.DRY_RUN)
    await known_item(owner, radarr, group)
    (job_id,) = await owner.enqueue(simulation(radarr, "1", disk_group_id=group))
    assert (await owner.job(job_id)).evidence is not None
    owner.clock.jump(seconds=DELAY_S + 1)

    async with owner.db.begin() as tx:
        await settle_due(tx, owner.clock.now())

    (entry,) = await owner.audit()
    assert entry.evidence["diskGroup"]["mode"] == "dry-run"
    assert (await owner.job(job_id)).evidence is None


async def test_no_entry_is_lost_with_its_integration_or_its_group_and_each_still_names_them(owner: Owner) -> None:
    radarr, group = await owner.integration(IntegrationType.RADARR, name="My Radarr"), await owner.group()
    await owner.enqueue(movie(radarr, "1", disk_group_id=group))
    await cancel_all(owner)
    await owner.execute(update(m.DeletionBatch).values(completed_at=owner.clock.now()))

    await owner.execute(update(m.Integration).values(removed_at=owner.clock.now()))
    async with owner.db.begin() as tx:
        assert await forget_removed(tx, owner.clock.now()) == 1
    await owner.execute(delete(m.DiskGroup))

    (entry,) = await owner.audit()
    assert (entry.integration_id, entry.disk_group_id, entry.media_name) == (None, None, "Movie 1")
    assert entry.evidence["integration"] == {"id": radarr, "name": "My Radarr", "type": "radarr"}
    assert (entry.evidence["diskGroup"]["id"], entry.evidence["diskGroup"]["mountPath"]) == (group, "/data/media")


async def test_T46_an_item_that_was_simulated_and_then_deleted_has_an_entry_for_each(town: Town) -> None:
    known = {"enqueued_mode": ExecutionMode.DRY_RUN, "force_dry_run": True, "upsert_audit": True}
    await town.owner.set_mode(town.group_id, ExecutionMode.DRY_RUN)
    await town.owner.enqueue(await town.job("radarr", "1", **known))
    await town.drain()
    await town.owner.set_mode(town.group_id, ExecutionMode.AUTO)
    await town.owner.enqueue(await town.job("radarr", "1"))

    await town.drain()

    assert town.deleted == [("radarr", "1")]
    simulated, real = await town.owner.audit()
    assert (simulated.action, real.action) == (AuditAction.DRY_RUN, AuditAction.DELETED)
    assert [entry.evidence["diskGroup"]["mode"] for entry in (simulated, real)] == ["dry-run", "auto"]
    facts = {fact["fact"]: fact for fact in real.evidence["facts"]}
    assert (facts["sizeBytes"]["value"], facts["sizeBytes"]["source"]) == (real.size_bytes, "radarr")
    assert real.reason == "chosen by the engine"
