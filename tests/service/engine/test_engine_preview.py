"""The prepared preview: rendered by runs, scored again when settings change, rendered again when a queue does."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
import zstandard
from sqlalchemy import delete, insert, text, update

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, IntegrationType, RuleEffect
from libs.common.preview import mark_body_outdated, mark_scores_outdated
from libs.common.preview.encodings import GZIP, IDENTITY, ZSTD
from services.engine.runs.leader import Leader
from tests.harness.eventually import eventually
from tests.service.engine.rows import GIB, Library

pytestmark = pytest.mark.service


async def body(library: Library, encoding: str = GZIP) -> bytes:
    """The current body; empty while none is rendered."""
    (state,) = await library.rows(m.PreviewState)
    part = m.PreviewPart
    is_current = (part.preview_id == state.preview_id, part.revision == state.rendered_revision)
    found = await library.rows(part, *is_current, part.encoding == encoding)
    return b"".join(row.body for row in sorted(found, key=lambda row: row.part))


async def shown(library: Library) -> list[dict[str, Any]]:
    """The rendered list, once it tells the truth."""

    async def probe() -> bytes:
        (state,) = await library.rows(m.PreviewState)
        is_true = (state.wanted_revision, state.wanted_scoring) == (state.rendered_revision, state.scored_scoring)
        return await body(library) if is_true else b""

    return list(json.loads(gzip.decompress(await eventually(probe))))


async def test_all_encodings_hold_the_same_list(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(ExecutionMode.DRY_RUN)
    for number in range(1, 4):
        await library.item(radarr, group, number, size_bytes=number * GIB)
    await library.run()

    items = await shown(library)
    rows = {row.encoding: row for row in await library.rows(m.PreviewBody)}
    packed, zipped = await body(library, ZSTD), await body(library, GZIP)

    assert [item["title"] for item in items] == ["Movie 3", "Movie 2", "Movie 1"]
    plain = gzip.decompress(zipped)
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == plain
    sizes = {IDENTITY: len(plain), GZIP: len(zipped), ZSTD: len(packed)}
    assert {encoding: row.size_bytes for encoding, row in rows.items()} == sizes
    assert len({row.etag for row in rows.values()}) == 3


async def test_item_is_shown_as_the_api_promises(library: Library, engine: Leader) -> None:
    radarr = await library.integration(name="My Radarr")
    await library.item(radarr, None, 1, size_bytes=25 * GIB, rating=3.0, year=1999, poster_url="http://p/1")
    await library.run()

    (item,) = await shown(library)

    assert item["integration"] == "My Radarr"
    assert (item["type"], item["year"], item["externalId"], item["protected"]) == ("movie", 1999, "1", False)
    assert set(item["factors"]) == {"size", "rating", "age"}
    assert sum(item["factors"].values()) == pytest.approx(item["score"], abs=1e-3)
    assert item["score"] == pytest.approx((0.5 * 6 + 0.7 * 5 + 1 * 4) / 15 * 100, abs=1e-3)
    assert [factor["key"] for factor in item["scoreFactors"]] == ["file_size", "rating", "time_in_library"]
    assert item["item"]["path"] == "/data/movies/Movie 1"
    assert "playCount" not in item["item"]
    assert "queueStatus" not in item


async def test_stored_columns_carry_the_same_scores(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    item_id = await library.item(radarr, None, 1, size_bytes=25 * GIB)
    run = await library.run()

    (state,) = await library.rows(m.PreviewState)
    (row,) = await library.rows(m.PreviewItem, m.PreviewItem.preview_id == state.preview_id)
    (preview,) = await library.rows(m.Preview, m.Preview.id == state.preview_id)

    assert (row.item_id, row.rank, row.file_size, row.modifier) == (item_id, 1, 0.5, 1.0)
    assert row.watch_history != row.watch_history  # NaN: takes no part
    assert (preview.run_id, preview.item_count, preview.weights["file_size"]) == (run.id, 1, 6)


async def test_S10_stored_columns_tell_what_is_in_doubt(library: Library, engine: Leader) -> None:
    """Also of an item whose job waits while its evidence grows old: the deleter goes by this."""
    await library.integration(IntegrationType.PLEX)
    radarr, told_at = await library.integration(), library.now
    for number, values in (
        (1, {"watch_evidence_at": told_at}),
        (2, {"watch_evidence_at": told_at - timedelta(days=3)}),
    ):
        await library.item(radarr, None, number, play_count=0, **values)

    await library.run()

    assert await _in_doubt(library) == {"1": False, "2": True}


async def _in_doubt(library: Library) -> dict[str, bool]:
    (state,) = await library.rows(m.PreviewState)
    scored = await library.rows(m.PreviewItem, m.PreviewItem.preview_id == state.preview_id)
    names = {item.id: item.external_id for item in await library.rows(m.MediaItem)}
    return {names[row.item_id]: row.in_doubt for row in scored}


async def test_only_two_previews_are_kept(library: Library, engine: Leader) -> None:
    for _ in range(3):
        await library.run()
        await shown(library)

    async with library.db.connect() as conn:
        count = text("select count(*) from pg_inherits where inhparent = 'preview_items'::regclass")
        partitions = (await conn.execute(count)).scalar_one()
    assert len(await library.rows(m.Preview)) == 2
    assert partitions <= 3  # a default partition may stand beside them


async def test_changed_rule_is_scored_from_the_stored_catalogue(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    await library.run()
    snapshots = len(await library.rows(m.Snapshot))

    rule = {"integration_id": radarr, "field": "title", "operator": "contains", "value": "movie"}
    marks = {"effect": RuleEffect.ALWAYS_KEEP, "created_at": library.now, "updated_at": library.now}
    async with library.db.begin() as tx:
        await tx.execute(insert(m.CustomRule).values(rule | marks))
        await mark_scores_outdated(tx)
    engine.wake()

    (item,) = await shown(library)
    assert (item["score"], item["protected"], item["isProtected"], item["factors"]) == (0, True, True, {})
    assert [factor["type"] for factor in item["scoreFactors"]] == ["rule"]
    assert len(await library.rows(m.Snapshot)) == snapshots


async def test_queue_change_is_rendered_without_scoring_again(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    await library.run()

    (queued,) = await shown(library)
    (state,) = await library.rows(m.PreviewState)
    async with library.db.begin() as tx:
        await tx.execute(update(m.DeletionJob).values(state="cancelled"))
        await mark_body_outdated(tx)
    (free,) = await shown(library)

    assert queued["queueStatus"] == "deleting"
    assert "queueStatus" not in free
    assert (await library.rows(m.PreviewState))[0].preview_id == state.preview_id


async def test_pending_and_user_initiated_approvals_are_shown_with_their_row(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    for number in (1, 2):
        await library.item(radarr, None, number)
    await library.run()
    for number in (1, 2):
        row = {
            "media_name": "x",
            "media_type": "movie",
            "integration_id": radarr,
            "external_id": str(number),
            "status": "pending",
            "user_initiated": number == 2,
            "created_at": library.now,
            "updated_at": library.now,
        }
        await library.execute(insert(m.ApprovalItem).values(row))
    async with library.db.begin() as tx:
        await mark_body_outdated(tx)

    items = {item["externalId"]: item for item in await shown(library)}

    assert items["1"]["queueStatus"] == "pending"
    assert items["2"]["queueStatus"] == "user_initiated"
    assert items["1"]["approvalQueueId"] > 0


async def test_lost_body_is_rendered_again(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1)
    await library.run()
    await shown(library)

    await library.execute(delete(m.PreviewBody))

    assert gzip.decompress(await eventually(lambda: body(library))).startswith(b"[{")


async def test_holds_of_single_items_are_shown(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1, file_added_at=library.now)
    await library.snooze(radarr, 1)
    await library.run()

    (item,) = await shown(library)

    assert {hold["code"] for hold in item["holds"]} == {"snoozed", "young_file"}
    assert all(hold["temporary"] and hold["message"] for hold in item["holds"])


async def test_filled_preview_is_announced(library: Library, engine: Leader, nats_url: str) -> None:
    import nats

    client = await nats.connect(nats_url)
    try:
        js = client.jetstream()

        async def announced() -> bool:
            info = await js.stream_info("CAPACITARR_EVENTS", subjects_filter="capacitarr.events.preview.>")
            return {"capacitarr.events.preview.preview_updated", "capacitarr.events.preview.analytics_updated"} <= set(
                info.state.subjects or {}
            )

        await eventually(announced)
    finally:
        await client.close()
