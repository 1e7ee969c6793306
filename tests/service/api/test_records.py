"""The audit log and the feed: pages, filters, groups, and lists that are never null."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert

from libs.common.db import Database
from libs.common.db import models as m
from services.api.records.wire import AuditEntry, AuditPage
from tests.service.api import rows


async def entry(database: Database, name: str, minutes: int = 0, **values: Any) -> int:
    row = {
        "media_name": name,
        "media_type": "season",
        "external_id": "1",
        "action": "deleted",
        "size_bytes": 42949672960,
        "score": 0.875,
        "trigger": "engine",
        "created_at": rows.NOW + timedelta(minutes=minutes),
    }
    return int(await rows.add(database, m.AuditEntry, **{**row, **values}))


async def test_page_has_the_seeds_shape(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    number = await entry(database, "Firefly S01", integration_id=source)

    page = (await api.get("/audit-log", params={"limit": 20, "offset": 0})).json()

    assert page == {
        "data": [
            {
                "id": number,
                "mediaName": "Firefly S01",
                "mediaType": "season",
                "scoreDetails": "[]",
                "action": "deleted",
                "sizeBytes": 42949672960,
                "score": 87.5,
                "trigger": "engine",
                "dryRunReason": "",
                "integrationId": source,
                "createdAt": "2026-03-06T12:00:00Z",
                "externalId": "1",
            }
        ],
        "total": 1,
        "limit": 20,
        "offset": 0,
    }
    AuditPage.model_validate(page)


async def test_T205_empty_lists_are_lists(api: httpx.AsyncClient) -> None:
    paths = ["/audit-log/recent", "/audit-log/grouped", "/activity/recent", "/engine/holds", "/integrations/health"]

    assert [(await api.get(path)).text for path in paths] == ["[]"] * len(paths)
    assert (await api.get("/audit-log")).json()["data"] == []


LIMITS = [("", 20), ("0", 20), ("-1", 20), ("abc", 20), ("1000000000", 1000), ("9" * 40, 20), ("3", 3), ("٣", 20)]


async def test_T206_limits_and_offsets_are_clamped_and_sorting_takes_words_of_its_list_only(
    api: httpx.AsyncClient, database: Database
) -> None:
    for number in range(5):
        await entry(database, f"Item {number}", minutes=number, size_bytes=number)

    for text, used in LIMITS:
        assert (await api.get("/audit-log", params={"limit": text})).json()["limit"] == used, text
    for text in ("-5", "x", ""):
        assert (await api.get("/audit-log", params={"offset": text})).json()["offset"] == 0, text
    far = (await api.get("/audit-log", params={"offset": "9" * 18})).json()
    assert (far["data"], far["total"]) == ([], 5)
    injected = await api.get("/audit-log", params={"sort_by": "id; drop table audit_log", "sort_dir": "up"})
    assert [row["mediaName"] for row in injected.json()["data"]] == [f"Item {number}" for number in (4, 3, 2, 1, 0)]
    smallest = await api.get("/audit-log", params={"sort_by": "size_bytes", "sort_dir": "asc", "limit": 2})
    assert [row["mediaName"] for row in smallest.json()["data"]] == ["Item 0", "Item 1"]


async def test_filters_are_exact_and_search_takes_wildcards_as_text(api: httpx.AsyncClient, database: Database) -> None:
    await entry(database, "100% Wolf", action="dry_run", dry_run_reason="execution_mode")
    await entry(database, "Serenity", action="dry_delete", dry_run_reason="deletions_disabled")
    await entry(database, "serene", action="cancelled")

    async def names(**params: str) -> list[str]:
        page = (await api.get("/audit-log", params=params)).json()
        assert page["total"] == len(page["data"])
        return sorted(row["mediaName"] for row in page["data"])

    assert await names(action="dry_run") == ["100% Wolf"]
    assert await names(action="dry_delete") == ["Serenity"]
    assert await names(action="exploded") == []
    assert await names(search="SEREN") == ["Serenity", "serene"]
    assert await names(search="0%") == ["100% Wolf"]
    assert await names(search="_") == []
    assert await names(action="dry_delete", compat="reference") == ["100% Wolf", "Serenity"]
    assert (await api.get("/audit-log", params={"search": "a\x00"})).status_code == 400
    raw = (await api.get("/audit-log/recent", headers={"X-Capacitarr-Compat": "reference"})).json()
    assert {row["action"] for row in raw} == {"dry_delete", "cancelled"}
    assert raw[0]["score"] == 0.875


async def test_an_entry_has_its_reason_its_run_and_the_facts_it_rests_on(
    api: httpx.AsyncClient, database: Database
) -> None:
    unknown = {"fact": "lastPlayed", "value": None, "source": "Plex", "at": None, "state": "unknown"}
    evidence = {
        "decidedAt": "2026-03-06T11:59:30Z",
        "integration": {"id": 7, "name": "Radarr", "type": "radarr"},
        "diskGroup": None,
        "facts": [unknown],
        "rules": [{"id": 3, "text": "lean_remove: rating lt 5", "had": "3"}],
        "fingerprint": {"title": "Serenity"},
    }
    await entry(database, "Serenity", run_id=12, reason="chosen by the engine", evidence=evidence)

    shown = (await api.get("/audit-log")).json()["data"][0]
    assert (shown["reason"], shown["runId"], shown["externalId"]) == ("chosen by the engine", 12, "1")
    assert AuditEntry.model_validate(shown).evidence is not None
    assert shown["evidence"]["facts"] == [{"fact": "lastPlayed", "source": "Plex", "state": "unknown"}]
    assert shown["evidence"]["integration"]["name"] == "Radarr"
    assert (await api.get("/audit-log/recent")).json() == [shown]
    grouped = (await api.get("/audit-log/grouped")).json()[0]["group"]["children"]
    assert grouped == [{name: value for name, value in shown.items() if name != "evidence"}]


async def test_entries_are_found_by_run_source_group_trigger_and_time(
    api: httpx.AsyncClient, database: Database
) -> None:
    source = await rows.integration(database)
    was = {"integration": {"id": 999, "name": "Gone", "type": "radarr"}, "diskGroup": {"id": 888}}
    await entry(database, "First", minutes=1, run_id=4, integration_id=source)
    await entry(database, "Second", minutes=2, trigger="user")
    await entry(database, "Third", minutes=3, run_id=5, evidence=was)

    async def names(**params: str | int) -> list[str]:
        page = (await api.get("/audit-log", params=params)).json()
        assert page["total"] == len(page["data"])
        return [row["mediaName"] for row in page["data"]]

    assert await names(run_id=4) == await names(integration_id=source) == ["First"]
    assert await names(integration_id=999) == await names(disk_group_id=888) == ["Third"]
    assert await names(trigger="user") == ["Second"]
    assert await names(trigger="nobody") == []
    assert await names(since="2026-03-06T12:02:00Z", until="2026-03-06T12:03:00Z") == ["Second"]
    assert await names(since="2026-03-06T14:02:00+02:00") == ["Third", "Second"]
    assert await names(until="2026-03-06") == []


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("run_id", "0"),
        ("run_id", "x"),
        ("integration_id", "-1"),
        ("disk_group_id", str(2**63)),
        ("since", "yesterday"),
        ("until", "0001-01-01T00:00:00+10:00"),
    ],
)
async def test_a_filter_that_cannot_be_meant_is_named(api: httpx.AsyncClient, member: str, value: str) -> None:
    answer = await api.get("/audit-log", params={member: value})

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{member}: ")


async def test_recent_is_newest_first_and_five_by_default(api: httpx.AsyncClient, database: Database) -> None:
    for number in range(7):
        await entry(database, f"Item {number}", minutes=number)

    recent = (await api.get("/audit-log/recent")).json()

    assert [row["mediaName"] for row in recent] == ["Item 6", "Item 5", "Item 4", "Item 3", "Item 2"]
    assert all(AuditEntry.model_validate(row) for row in recent)


async def test_grouped_puts_seasons_of_a_show_together(api: httpx.AsyncClient, database: Database) -> None:
    await entry(database, "Firefly S01", minutes=1)
    await entry(database, "Serenity", minutes=2, media_type="movie")
    await entry(database, "Firefly - Season 2", minutes=3, action="dry_run", dry_run_reason="execution_mode")
    await entry(database, "Lost - S03E01", minutes=4, media_type="episode")

    groups = (await api.get("/audit-log/grouped")).json()

    assert [entry["type"] for entry in groups] == ["group", "group", "single"]
    assert [entry["group"]["showTitle"] for entry in groups[:2]] == ["Lost", "Firefly"]
    assert groups[1]["group"]["totalSize"] == 2 * 42949672960
    assert groups[1]["group"]["action"] == "dry_run"
    assert groups[1]["group"]["createdAt"] == "2026-03-06T12:03:00Z"
    assert groups[2]["entry"]["mediaName"] == "Serenity"


async def test_G24_feed_is_newest_first_and_clamped(api: httpx.AsyncClient, database: Database) -> None:
    entries = [
        {
            "event_uuid": uuid4(),
            "stream_seq": number,
            "event_type": "engine_complete",
            "message": f"Engine run completed: evaluated {number}, flagged 12",
            "metadata": f'{{"evaluated":{number},"flagged":12}}',
            "created_at": rows.NOW,
        }
        for number in range(120)
    ]
    async with database.begin() as tx:
        await tx.execute(insert(m.ActivityEvent), entries)

    for limit, shown in ((None, 5), ("0", 5), ("-1", 5), ("x", 5), ("999", 100), ("7", 7)):
        feed = (await api.get("/activity/recent", params={} if limit is None else {"limit": limit})).json()
        assert len(feed) == shown, limit
        assert [row["id"] for row in feed] == sorted((row["id"] for row in feed), reverse=True)
    compat = (await api.get("/activity/recent", params={"compat": "reference"})).json()
    assert feed[0] == {
        "id": feed[0]["id"],
        "eventType": "engine_complete",
        "message": "Engine run completed: evaluated 119, flagged 12",
        "metadata": '{"evaluated":119,"flagged":12}',
        "createdAt": "2026-03-06T12:00:00Z",
    }
    assert compat[0]["metadata"] == '{"evaluated":119,"flagged":12,"candidates":12}'
