"""Pages of the preview: the items of the whole list, byte for byte, cut, filtered and counted."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, text

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.factors import FACTORS
from tests.service.api import rows
from tests.service.api.test_preview import ITEM, render

COUNT = 250
WORDS = ("Étoile", "Firefly", "100% Wolf")

PAGES: list[tuple[dict[str, str], list[int], int]] = [
    ({"limit": "3"}, [1, 2, 3], COUNT),
    ({"offset": "98", "limit": "4"}, [99, 100, 101, 102], COUNT),
    ({"offset": "249"}, [250], COUNT),
    ({"offset": "250"}, [], COUNT),
    ({"cursor": "99999"}, [], COUNT),
    ({"integration_id": "2", "limit": "2"}, [1, 3], 125),
    ({"disk_group_id": "1", "offset": "18"}, [19, 20], 20),
    ({"disk_group_id": "1", "integration_id": "1"}, list(range(2, 21, 2)), 10),
    ({"search": "firefly", "limit": "2"}, [1, 4], 84),
    ({"search": "firefly", "limit": "2", "cursor": "4"}, [7, 10], 84),
    ({"search": "étoile", "limit": "1"}, [3], 83),
    ({"search": "quiet HOUSE"}, [50, 100, 150, 200, 250], 5),
    ({"search": "100%", "limit": "1"}, [2], 83),
    ({"search": "1_0"}, [], 0),
    ({"integration_id": "77"}, [], 0),
]
"""Query, the ranks it answers, and how many items it counts. Together, because only the queries differ."""


@pytest.fixture
async def listed(database: Database) -> list[dict[str, Any]]:
    """A rendered list of 250 items of two integrations on two disk groups, whose titles take turns."""
    sources = [await rows.integration(database, name) for name in ("Sonarr Main", "Sonarr 4K")]
    groups = [await rows.disk_group(database, mount) for mount in ("/a", "/b")]
    items = [
        ITEM | {"title": f"{WORDS[rank % 3]} {rank}", "integrationId": sources[rank % 2], "externalId": str(rank)}
        for rank in range(1, COUNT + 1)
    ]
    preview_id = await render(database, items)
    raw = dict.fromkeys((factor.key.value for factor in FACTORS), float("nan"))
    numbers = {"score": 0.5, "modifier": 1.0, "protected": False, "rule_bits": 0}
    async with database.begin() as tx:
        await tx.execute(
            text(f"create table preview_items_{preview_id} partition of preview_items for values in ({preview_id})")
        )
        await tx.execute(
            insert(m.MediaItem),
            [
                {
                    "id": rank,
                    "integration_id": item["integrationId"],
                    "external_id": item["externalId"],
                    "media_type": "show",
                    "title": item["title"],
                    "show_title": "The Quiet House" if rank % 50 == 0 else None,
                    "size_bytes": 1,
                    "disk_group_id": groups[0] if rank <= 20 else groups[1],
                    "monitored": True,
                    "snapshot_id": 1,
                    "seen_at": rows.NOW,
                    "first_seen_at": rows.NOW,
                }
                for rank, item in enumerate(items, 1)
            ],
        )
        scored = [{"preview_id": preview_id, "item_id": rank, "rank": rank} for rank in range(1, COUNT + 1)]
        await tx.execute(insert(m.PreviewItem), [row | numbers | raw for row in scored])
    return items


async def test_pages_by_cursor_are_the_whole_list_byte_for_byte(
    api: httpx.AsyncClient, listed: list[dict[str, Any]]
) -> None:
    whole = (await api.get("/preview")).content
    pages, place = [], "0"

    while place:
        answer = await api.get("/preview", params={"limit": "70", "cursor": place})
        pages.append(answer.content)
        assert answer.headers["x-total-count"] == str(COUNT)
        place = answer.headers.get("x-next-cursor", "")

    assert len(pages) == 4
    assert b"[" + b",\n".join(page[1:-1] for page in pages) + b"]" == whole


async def test_page_holds_what_was_asked_for_and_counts_all_of_it(
    api: httpx.AsyncClient, listed: list[dict[str, Any]]
) -> None:
    for query, ranks, total in PAGES:
        answer = await api.get("/preview", params=query)

        assert answer.json() == [listed[rank - 1] for rank in ranks], query
        assert answer.headers["x-total-count"] == str(total), query


async def test_last_page_names_no_next_one_even_when_it_is_full(
    api: httpx.AsyncClient, listed: list[dict[str, Any]]
) -> None:
    full = await api.get("/preview", params={"disk_group_id": "1", "limit": "20"})
    before = await api.get("/preview", params={"disk_group_id": "1", "limit": "19"})

    assert "x-next-cursor" not in full.headers
    assert before.headers["x-next-cursor"] == "19"


async def test_hits_that_are_far_apart_are_all_found(
    api: httpx.AsyncClient, listed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.api.preview.page.PARTS_AT_ONCE", 1)

    answer = await api.get("/preview", params={"search": "quiet", "limit": "1000"})

    assert [item["externalId"] for item in answer.json()] == ["50", "100", "150", "200", "250"]


async def test_page_is_packed_tagged_and_not_sent_twice(api: httpx.AsyncClient, listed: list[dict[str, Any]]) -> None:
    plain = await api.get("/preview", params={"limit": "50"}, headers={"Accept-Encoding": "identity"})
    zipped = await api.get("/preview", params={"limit": "50"}, headers={"Accept-Encoding": "gzip"})
    again = {"Accept-Encoding": "gzip", "If-None-Match": zipped.headers["etag"]}
    same = await api.get("/preview", params={"limit": "50"}, headers=again)
    other = await api.get("/preview", params={"limit": "49"}, headers=again)

    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert (same.status_code, same.content, same.headers["x-next-cursor"]) == (304, b"", "50")
    assert other.status_code == 200


async def test_page_in_the_reference_shape(api: httpx.AsyncClient, listed: list[dict[str, Any]]) -> None:
    shown = (await api.get("/preview", params={"compat": "reference", "limit": "2"})).json()

    assert [entry["item"] for entry in shown["items"]] == [ITEM["item"]] * 2
    assert "diskContext" in shown


async def test_bad_parameter_is_refused_by_its_name(api: httpx.AsyncClient) -> None:
    answer = await api.get("/preview", params={"disk_group_id": "one"})

    assert answer.status_code == 400
    assert answer.json() == {"error": "disk_group_id: must be a whole number from 1"}


async def test_page_of_nothing_is_empty(api: httpx.AsyncClient) -> None:
    answer = await api.get("/preview", params={"limit": "5"})

    assert (answer.json(), answer.headers["x-total-count"]) == ([], "0")


async def test_page_waits_for_new_scores_as_the_whole_list_does(
    api: httpx.AsyncClient, database: Database, listed: list[dict[str, Any]]
) -> None:
    await api.put("/preferences", json={"tiebreakerMethod": "name_asc"})

    waiting = asyncio.create_task(api.get("/preview", params={"limit": "1"}))
    await asyncio.wait([waiting], timeout=0.5)
    still_waiting = not waiting.done()
    await render(database, [ITEM], revision=2)

    assert still_waiting
    assert (await waiting).json() == [ITEM]
