"""Integrations: keys that never come back, edits that keep what is not sent, removal with its consequences."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import JobState
from libs.common.messaging import questions
from libs.common.security.secrets import SecretBox
from libs.common.settings import Settings
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.running_gateway import SECRET_KEY, serving
from tests.service.api.upstream_questions import AnsweringSync, answering_sync

KEY = "abcdef0123456789"
SEED = {
    "type": "sonarr",
    "name": "Sonarr Main",
    "url": "http://sonarr:8989",
    "apiKey": KEY,
    "enabled": True,
    "libraryId": 1,
}


@pytest.fixture
async def sync(nats_url: str) -> AsyncIterator[AnsweringSync]:
    """Somebody who answers like sync."""
    async with answering_sync(nats_url) as answering:
        yield answering


async def create(api: httpx.AsyncClient, **members: Any) -> dict[str, Any]:
    answer = await api.post("/integrations", json=SEED | members)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def stored_key(database: Database, integration_id: int) -> str:
    async with database.connect() as conn:
        sealed = await conn.execute(select(m.Integration.api_key).where(m.Integration.id == integration_id))
        return SecretBox(SECRET_KEY).open(sealed.scalar_one())


async def test_create_shows_the_seeds_members_with_a_masked_key(api: httpx.AsyncClient, database: Database) -> None:
    assert (await api.get("/integrations")).json() == []
    made = await create(api, id=77)

    assert made["id"] != 77
    assert {name: made[name] for name in ("type", "name", "url", "enabled", "libraryId", "collectionDeletion")} == {
        "type": "sonarr",
        "name": "Sonarr Main",
        "url": "http://sonarr:8989",
        "enabled": True,
        "libraryId": 1,
        "collectionDeletion": False,
    }
    assert made["apiKey"] == "•" * 12 + "6789"
    assert (made["addImportExclusion"], made["verifyTls"], made["showLevelOnlyOverride"]) == (True, True, False)
    assert "lastError" not in made
    assert (await api.get(f"/integrations/{made['id']}")).json() == made
    assert (await api.get("/integrations")).json() == [made]
    assert await stored_key(database, made["id"]) == KEY


async def test_explicit_false_is_honoured_and_names_may_repeat(api: httpx.AsyncClient) -> None:
    await create(api)
    second = await create(api, enabled=False, addImportExclusion=False)

    assert (second["enabled"], second["addImportExclusion"]) == (False, False)


async def test_T113_blanks_around_the_key_and_slashes_behind_the_address_go(
    api: httpx.AsyncClient, database: Database
) -> None:
    made = await create(api, apiKey=f"  {KEY} ", url=" http://nas:8989//sonarr/ ")

    assert made["url"] == "http://nas:8989/sonarr"
    assert await stored_key(database, made["id"]) == KEY


async def test_create_refuses_with_the_members_name(api: httpx.AsyncClient) -> None:
    wrong: list[dict[str, Any]] = [
        {"type": ""},
        {"type": "overseerr"},
        {"name": " "},
        {"url": ""},
        {"url": "sonarr:8989"},
        {"url": "ftp://sonarr"},
        {"url": "http://"},
        {"url": "http://user:secret@sonarr"},
        {"apiKey": ""},
        {"apiKey": "••••6789"},
        {"apiKey": None},
        {"enabled": "yes"},
        {"libraryId": "one"},
        {"name": "a\x00b"},
        {"name": "n" * 201},
        {"url": "http://sonarr/" + "u" * 2000},
        {"apiKey": "k" * 2001},
        {"caBundle": "nonsense"},
        {"caBundle": "-----BEGIN CERTIFICATE-----" + "c" * 300_000},
        {"deletionsPerMinute": 0},
    ]
    for members in wrong:
        answer = await api.post("/integrations", json=SEED | members)
        assert answer.status_code == 400, members
        assert next(iter(members)) in answer.json()["error"], answer.text
        assert "secret" not in answer.text
    assert (await api.get("/integrations")).json() == []


async def test_T178_edit_keeps_what_is_blank_or_masked_and_forgets_the_health(
    api: httpx.AsyncClient, database: Database
) -> None:
    made = await create(api)
    async with database.begin() as tx:
        await tx.execute(update(m.Integration).values(last_sync=rows.NOW, last_error="refused", consecutive_failures=4))
    path = f"/integrations/{made['id']}"

    masked = await api.put(path, json=SEED | {"apiKey": made["apiKey"], "type": "radarr", "name": "", "url": ""})
    dotted = await api.put(path, json={"apiKey": "abc123..."})
    toggled = await api.put(path, json={"enabled": False})
    renamed = await api.put(path, json={"name": "Sonarr Main (updated)", "libraryId": None, "enabled": None})

    assert [answer.status_code for answer in (masked, dotted, toggled, renamed)] == [200] * 4
    assert await stored_key(database, made["id"]) == KEY
    assert masked.json()["type"] == "sonarr"
    assert masked.json()["name"] == "Sonarr Main"
    assert masked.json()["consecutiveFailures"] == 0
    assert "lastError" not in masked.json()
    assert "lastSync" not in masked.json()
    assert (toggled.json()["enabled"], toggled.json()["libraryId"]) == (False, 1)
    assert renamed.json()["name"] == "Sonarr Main (updated)"
    assert renamed.json()["enabled"] is False
    assert "libraryId" not in renamed.json()
    assert all(KEY not in answer.text for answer in (masked, dotted, toggled, renamed))


async def test_new_key_replaces_the_old(api: httpx.AsyncClient, database: Database) -> None:
    made = await create(api)
    await api.put(f"/integrations/{made['id']}", json={"apiKey": "zyxw9876"})

    assert await stored_key(database, made["id"]) == "zyxw9876"


async def test_bad_and_unknown_ids(api: httpx.AsyncClient) -> None:
    for method in ("GET", "PUT", "DELETE"):
        for path, status in (("999", 404), ("x", 400), ("0", 400), ("-1", 400), ("1_0", 400)):
            answer = await api.request(method, f"/integrations/{path}", json={})
            assert answer.status_code == status, (method, path)


async def test_delete_hides_at_once_and_takes_its_work_back(api: httpx.AsyncClient, database: Database) -> None:
    first, second = await create(api), await create(api, name="Sonarr 4K")
    group = await rows.disk_group(database)
    for source in (first, second):
        await rows.add(database, m.DiskGroupIntegration, disk_group_id=group, integration_id=source["id"])
    await rows.job(database, first["id"], "Mine")
    await rows.job(database, second["id"], "Other")

    answer = await api.delete(f"/integrations/{first['id']}")

    assert answer.json() == {"status": "deleted"}
    assert [row["id"] for row in (await api.get("/integrations")).json()] == [second["id"]]
    assert (await api.get(f"/integrations/{first['id']}")).status_code == 404
    assert (await api.delete(f"/integrations/{first['id']}")).status_code == 404
    shown = (await api.get("/disk-groups")).json()
    assert [linked["id"] for linked in shown[0]["integrations"]] == [second["id"]]
    async with database.connect() as conn:
        states = dict((await conn.execute(select(m.DeletionJob.title, m.DeletionJob.state))).all())
        removed = (
            await conn.execute(select(m.Integration.enabled).where(m.Integration.id == first["id"]))
        ).scalar_one()
    assert states == {"Mine": JobState.CANCELLED, "Other": JobState.WAITING}
    assert removed is False


async def test_disk_groups_go_with_the_last_enabled_integration(api: httpx.AsyncClient, database: Database) -> None:
    enabled, _disabled = await create(api), await create(api, name="Off", enabled=False)
    await rows.disk_group(database)

    await api.delete(f"/integrations/{enabled['id']}")

    assert (await api.get("/disk-groups")).json() == []


async def test_events_are_recorded_with_their_change(api: httpx.AsyncClient, database: Database) -> None:
    made = await create(api)
    await api.put(f"/integrations/{made['id']}", json={"name": "Renamed"})
    await api.delete(f"/integrations/{made['id']}")

    async with database.connect() as conn:
        found = await conn.execute(select(m.Outbox.type, m.Outbox.data).where(m.Outbox.family == "integration"))
        written = found.all()
    assert [row.type for row in written] == ["integration_added", "integration_updated", "integration_removed"]
    assert all(KEY not in row.data for row in written)


async def test_sunset_group_overrides_show_level_only(api: httpx.AsyncClient, database: Database) -> None:
    made = await create(api)
    group = await rows.disk_group(database, mode="sunset", sunset_pct=60)
    await rows.add(database, m.DiskGroupIntegration, disk_group_id=group, integration_id=made["id"])

    shown = (await api.get(f"/integrations/{made['id']}")).json()
    chosen = (await api.put(f"/integrations/{made['id']}", json={"showLevelOnly": True})).json()

    assert shown["showLevelOnlyOverride"] is True
    assert shown["showLevelOnlyOverrideReason"]
    assert (chosen["showLevelOnlyOverride"], chosen["showLevelOnlyOverrideReason"]) == (False, "")


async def test_health_lists_enabled_ones_only(api: httpx.AsyncClient, database: Database) -> None:
    made = await create(api)
    await create(api, name="Off", enabled=False)
    async with database.begin() as tx:
        await tx.execute(
            update(m.Integration)
            .where(m.Integration.id == made["id"])
            .values(consecutive_failures=2, last_error="refused", next_probe_at=rows.NOW)
        )

    assert (await api.get("/integrations/health")).json() == [
        {
            "integrationId": made["id"],
            "integrationType": "sonarr",
            "name": "Sonarr Main",
            "consecutiveFailures": 2,
            "lastError": "refused",
            "nextRetryAt": "2026-03-06T12:00:00Z",
            "recovering": True,
        }
    ]


async def test_health_of_one_never_probed_is_well_and_due_now_and_removed_ones_are_gone(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    gone, fresh, failing = [await create(api, name=name) for name in ("Gone", "Fresh", "Failing")]
    await api.delete(f"/integrations/{gone['id']}")
    async with database.begin() as tx:
        down = update(m.Integration).where(m.Integration.id == failing["id"])
        await tx.execute(down.values(consecutive_failures=1, last_error="refused"))

    before = clock.now()
    shown = (await api.get("/integrations/health")).json()

    assert [(row["integrationId"], row["recovering"], row["lastError"]) for row in shown] == [
        (fresh["id"], False, ""),
        (failing["id"], True, "refused"),
    ]
    due = datetime.fromisoformat(shown[0]["nextRetryAt"])
    assert before - timedelta(seconds=1) <= due <= clock.now()


async def test_connection_tests_are_limited_for_each_client_and_the_refused_ones_reach_nobody(
    api_settings: Callable[..., Settings], database: Database, sync: AnsweringSync
) -> None:
    body = {"type": "sonarr", "url": "http://sonarr:8989", "apiKey": "k"}
    async with serving(api_settings(TEST_LIMIT="2"), database) as running:
        await running.log_in()
        async with running.owner() as api:
            answers = [await api.post("/integrations/test", json=body) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert list(answers[2].json()) == ["error"]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert len(sync.tested) == 2


async def reachable(api: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    """The answer once the gateway has reached the bus."""

    async def asked() -> httpx.Response | None:
        answer = await api.post("/integrations/test", json=body)
        return answer if answer.status_code != 503 else None

    found: httpx.Response = await eventually(asked)
    return found


async def test_connection_test_asks_sync_and_saves_nothing(
    api: httpx.AsyncClient, database: Database, sync: AnsweringSync
) -> None:
    body = {"type": "sonarr", "url": "http://sonarr:8989/", "apiKey": "your-sonarr-api-key"}
    good = await reachable(api, body)
    sync.test_answer = questions.ConnectionTested(success=False, error="The key was refused", error_class="denied")
    bad = await api.post("/integrations/test", json=body)
    unknown = await api.post("/integrations/test", json=body | {"type": "winamp"})

    assert good.json() == {"success": True, "message": "Connected to Sonarr 4.0"}
    assert bad.json() == {"success": False, "error": "The key was refused"}
    assert (unknown.status_code, unknown.json()["success"]) == (200, False)
    assert (sync.tested[0].url, sync.last_key) == ("http://sonarr:8989", "your-sonarr-api-key")
    async with database.connect() as conn:
        assert (await conn.execute(select(func.count()).select_from(m.Integration))).scalar_one() == 0


async def test_T179_stored_key_goes_to_the_stored_address_only(api: httpx.AsyncClient, sync: AnsweringSync) -> None:
    made = await create(api)
    body = {"type": "sonarr", "url": "http://sonarr:8989/sub", "apiKey": made["apiKey"], "integrationId": made["id"]}
    own = await reachable(api, body)
    foreign = [
        await api.post("/integrations/test", json=body | {"url": url})
        for url in ("http://evil:8989", "https://sonarr:8989", "http://sonarr:9999", "http://sonarr.evil:8989")
    ]
    without_id = await api.post("/integrations/test", json=body | {"integrationId": None})

    assert own.json()["success"] is True
    assert sync.last_key == KEY
    assert [answer.status_code for answer in foreign] == [400] * 4
    assert (without_id.status_code, without_id.json()["success"]) == (200, False)
    assert len(sync.tested) == 1


async def test_connection_test_refuses_half_a_request(api: httpx.AsyncClient) -> None:
    body = {"type": "sonarr", "url": "http://sonarr:8989", "apiKey": "k"}
    for members in (
        {"type": ""},
        {"url": ""},
        {"apiKey": ""},
        {"url": "file:///etc/passwd"},
        {"url": "nas"},
        {"type": "x" * 51},
    ):
        answer = await api.post("/integrations/test", json=body | members)
        assert answer.status_code == 400, members


async def test_silent_sync_is_503(api: httpx.AsyncClient) -> None:
    answer = await api.post("/integrations/sync")
    tried = await api.post("/integrations/test", json={"type": "sonarr", "url": "http://sonarr", "apiKey": "k"})

    assert (answer.status_code, tried.status_code) == (503, 503)
    assert list(answer.json()) == ["error"]


async def test_sync_answers_what_sync_found(api: httpx.AsyncClient, sync: AnsweringSync) -> None:
    sync.sync_answer = questions.SyncedAll(
        results=(
            questions.SyncResult(
                id=1,
                name="Sonarr Main",
                type="sonarr",
                status="ok",
                disk_space=(questions.DiskEntry(path="/tv", total_bytes=2, free_bytes=1),),
                media_count=7,
            ),
            questions.SyncResult(id=2, name="Radarr", type="radarr", status="error", error="refused"),
        )
    )

    async def asked() -> httpx.Response | None:
        answer = await api.post("/integrations/sync")
        return answer if answer.status_code == 200 else None

    answer = await eventually(asked)

    assert answer.json() == {
        "results": [
            {
                "id": 1,
                "name": "Sonarr Main",
                "type": "sonarr",
                "status": "ok",
                "diskSpace": [{"path": "/tv", "totalBytes": 2, "freeBytes": 1}],
                "mediaCount": 7,
            },
            {"id": 2, "name": "Radarr", "type": "radarr", "status": "error", "error": "refused"},
        ]
    }
