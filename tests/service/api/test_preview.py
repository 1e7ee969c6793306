"""The preview is handed out as it was rendered, and only while it tells the truth."""

import asyncio
import json
import zlib
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, insert, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.preview import parts
from libs.common.preview.encodings import GZIP, IDENTITY
from services.api.preview.truth import Patience
from tests.service.api import rows

ITEM = {
    "title": "Firefly S01",
    "sizeBytes": 42949672960,
    "score": 87.5,
    "factors": {"age": 25, "size": 30, "lastWatched": 20, "popularity": 12.5},
    "protected": False,
    "integration": "Sonarr Main",
    "item": {"externalId": "12345-s1", "title": "Firefly ü S01"},
    "isProtected": False,
    "reason": "old",
    "scoreFactors": [],
    "queueStatus": "pending",
    "approvalQueueId": 7,
}


async def render(database: Database, items: list[dict[str, Any]], revision: int = 1) -> int:
    """The engine's part: a preview with its rendered bodies; answers its id."""
    texts = [json.dumps(item, ensure_ascii=False).encode() for item in items]
    plain = list(parts.text_parts(texts, is_first=True))
    text, packed = b"[" + b"".join(plain) + b"]", [parts.pack(part) for part in plain]
    zipped = [parts.pack_head(), *packed, parts.pack_tail(zlib.crc32(text), len(text))]
    sizes = {IDENTITY: len(text), GZIP: sum(map(len, zipped))}
    async with database.begin() as tx:
        await tx.execute(delete(m.PreviewBody))
        preview = m.Preview
        made = insert(preview).values(
            created_at=rows.NOW, item_count=len(items), protected_count=0, weights={}, rules={"list": []}
        )
        number = int((await tx.execute(made.returning(preview.id))).scalar_one())
        key = {"preview_id": number, "revision": revision}
        bodies = [
            key | {"encoding": encoding, "etag": f'"{number}-{revision}-{encoding}"', "size_bytes": size}
            for encoding, size in sizes.items()
        ]
        await tx.execute(insert(m.PreviewBody), bodies)
        bodies = [key | {"encoding": GZIP, "part": part, "body": body} for part, body in enumerate(zipped, parts.HEAD)]
        await tx.execute(insert(m.PreviewPart), bodies)
        state = m.PreviewState
        flipped = {"preview_id": number, "rendered_revision": revision, "scored_scoring": state.wanted_scoring}
        await tx.execute(update(state).values(flipped))
    return number


async def test_without_integrations_it_is_empty_at_once(api: httpx.AsyncClient) -> None:
    answer = await api.get("/preview")

    assert (answer.status_code, answer.text) == (200, "[]")


async def test_body_goes_out_in_the_clients_encoding_and_is_not_sent_twice(
    api: httpx.AsyncClient, database: Database
) -> None:
    await rows.integration(database)
    await render(database, [ITEM])
    plain = await api.get("/preview", headers={"Accept-Encoding": "identity"})
    zipped = await api.get("/preview", headers={"Accept-Encoding": "gzip, br"})
    etag = plain.headers["etag"]
    as_is = {"Accept-Encoding": "identity"}
    same = await api.get("/preview", headers=as_is | {"If-None-Match": etag})
    weak = await api.get("/preview", headers=as_is | {"If-None-Match": f'"other", W/{etag}'})
    await render(database, [ITEM, ITEM], revision=2)
    newer = await api.get("/preview", headers=as_is | {"If-None-Match": etag})

    assert plain.json() == [ITEM]
    assert "content-encoding" not in plain.headers
    assert int(plain.headers["content-length"]) == len(plain.content)
    assert plain.headers["x-total-count"] == "1"
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.json() == [ITEM]
    assert zipped.headers["vary"] == "Accept-Encoding"
    assert (same.status_code, weak.status_code, same.content) == (304, 304, b"")
    assert (newer.status_code, len(newer.json())) == (200, 2)


async def test_call_after_a_change_waits_for_the_new_scores(api: httpx.AsyncClient, database: Database) -> None:
    await rows.integration(database)
    await render(database, [ITEM])
    await api.put("/preferences", json={"tiebreakerMethod": "name_asc"})

    waiting = asyncio.create_task(api.get("/preview"))
    await asyncio.wait([waiting], timeout=0.5)
    still_waiting = not waiting.done()
    await render(database, [ITEM, ITEM])

    assert still_waiting
    assert len((await waiting).json()) == 2


@pytest.mark.parametrize("patience", [Patience(look_again_s=1.0)], ids=["seldom"])
async def test_nobody_waits_for_what_was_wanted_after_the_question(api: httpx.AsyncClient, database: Database) -> None:
    await rows.integration(database)
    await render(database, [ITEM])
    await api.put("/preferences", json={"tiebreakerMethod": "name_asc"})
    waiting = asyncio.create_task(api.get("/preview"))
    await asyncio.wait([waiting], timeout=0.5)

    await render(database, [ITEM, ITEM])
    await api.put("/preferences", json={"tiebreakerMethod": "size_asc"})

    assert len((await waiting).json()) == 2


@pytest.mark.parametrize("patience", [Patience(first_run_s=0.2, scores_s=0.2)], ids=["impatient"])
async def test_scores_that_do_not_come_are_503(api: httpx.AsyncClient, database: Database) -> None:
    await rows.integration(database)
    await render(database, [ITEM])

    answer = await api.get("/preview", params={"force": "true"})

    assert answer.status_code == 503
    assert list(answer.json()) == ["error"]


@pytest.mark.parametrize("patience", [Patience(first_run_s=0.2, scores_s=0.2)], ids=["impatient"])
async def test_nothing_ever_scored_is_empty_after_the_wait(api: httpx.AsyncClient, database: Database) -> None:
    await rows.integration(database)

    assert (await api.get("/preview")).text == "[]"


async def test_reference_shape_is_made_from_the_body(api: httpx.AsyncClient, database: Database) -> None:
    await rows.integration(database)
    await rows.disk_group(database)
    await render(database, [ITEM] * 450)

    shown = (await api.get("/preview", params={"compat": "reference"})).json()

    assert len(shown["items"]) == 450
    assert shown["items"][0] == {
        "item": ITEM["item"],
        "score": 0.875,
        "isProtected": False,
        "reason": "old",
        "factors": [],
        "queueStatus": "pending",
        "approvalQueueId": 7,
    }
    assert shown["diskContext"] == {
        "totalBytes": 2 * 10**12,
        "usedBytes": 18 * 10**11,
        "targetPct": 75,
        "thresholdPct": 85,
        "bytesToFree": 3 * 10**11,
    }


async def test_context_is_the_neediest_group_by_its_effective_total(api: httpx.AsyncClient, database: Database) -> None:
    nothing = await api.get("/preview/context")
    await rows.disk_group(database, "/a", used_bytes=10**12)
    await rows.disk_group(database, "/b", used_bytes=10**12, total_bytes_override=10**12)
    await rows.disk_group(database, "/c", total_bytes=0, used_bytes=0)
    await rows.disk_group(database, "/d", used_bytes=2 * 10**12, stale_since=rows.NOW)

    assert (nothing.status_code, nothing.text) == (200, "null")
    shown = (await api.get("/preview/context")).json()
    assert (shown["totalBytes"], shown["bytesToFree"]) == (10**12, 250 * 10**9)
