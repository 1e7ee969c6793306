"""Preferences: merged, checked on every path, and with their consequences in the same commit."""

import asyncio
from typing import Any

import httpx
import pytest
from pydantic.alias_generators import to_camel
from sqlalchemy import delete, select

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import JobState
from libs.common.domain.safety import NUMBERS, SWITCHES
from tests.service.api import rows
from tests.service.api.running_gateway import RunningGateway

SEED_GET = {
    "id": 1,
    "logLevel": "info",
    "auditLogRetentionDays": 30,
    "pollIntervalSeconds": 300,
    "defaultDiskGroupMode": "dry-run",
    "tiebreakerMethod": "size_desc",
    "deletionsEnabled": True,
    "snoozeDurationHours": 24,
    "checkForUpdates": True,
    "deadContentMinDays": 90,
    "staleContentDays": 180,
    "sunsetDays": 30,
    "sunsetLabel": "capacitarr-sunset",
    "posterOverlayStyle": "countdown",
    "sunsetRescoreEnabled": True,
    "savedDurationDays": 7,
    "savedLabel": "capacitarr-saved",
    "backupRetentionDays": 7,
    "diskGroupGracePeriodDays": 7,
    "deletionQueueDelaySeconds": 30,
}
SEED_PUT = {
    "logLevel": "info",
    "auditLogRetentionDays": 30,
    "pollIntervalSeconds": 300,
    "defaultDiskGroupMode": "dry-run",
    "tiebreakerMethod": "size_desc",
    "deletionsEnabled": True,
    "snoozeDurationHours": 24,
    "checkForUpdates": True,
    "deletionQueueDelaySeconds": 30,
    "deadContentMinDays": 90,
    "staleContentDays": 180,
}
GROUPS: dict[str, dict[str, Any]] = {
    "engine": {"deletionsEnabled": True, "defaultDiskGroupMode": "approval"},
    "sunset": {"sunsetDays": 14, "posterOverlayStyle": "simple"},
    "content": {"deadContentMinDays": 60, "staleContentDays": 120},
    "advanced": {"pollIntervalSeconds": 600, "backupRetentionDays": 14},
    "safety": {"minFileAgeDays": 3, "maxDeletePctPerRun": 100, "refuseWhilePlaying": False},
}


async def event_types(database: Database) -> list[str]:
    async with database.connect() as conn:
        return list((await conn.execute(select(m.Outbox.type).order_by(m.Outbox.seq))).scalars())


async def test_defaults_are_the_seeds_and_the_row_is_made_when_missing(
    api: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.execute(delete(m.Preferences))

    shown = (await api.get("/preferences")).json()

    assert {name: shown[name] for name in SEED_GET} == SEED_GET
    assert shown["maxDeletePctPerRun"] == 30
    assert shown["logLevelOverridden"] is False
    assert shown["updatedAt"].endswith("Z")


async def test_T175_put_of_the_seeds_body_leaves_the_rest_alone(api: httpx.AsyncClient) -> None:
    await api.patch("/preferences/sunset", json={"sunsetLabel": "leaving-soon", "savedDurationDays": 3})
    saved = await api.put("/preferences", json=SEED_PUT)

    assert saved.status_code == 200
    assert saved.json()["sunsetLabel"] == "leaving-soon"
    assert saved.json()["savedDurationDays"] == 3


@pytest.mark.parametrize("group", GROUPS)
async def test_T180_patch_of_one_group_changes_only_its_named_members(api: httpx.AsyncClient, group: str) -> None:
    before = (await api.get("/preferences")).json()
    foreign = {name: value for other, members in GROUPS.items() if other != group for name, value in members.items()}
    saved = (await api.patch(f"/preferences/{group}", json=GROUPS[group] | foreign)).json()

    assert {**before, **GROUPS[group], "updatedAt": saved["updatedAt"]} == saved


async def test_nothing_recognised_changes_nothing_and_says_nothing(api: httpx.AsyncClient, database: Database) -> None:
    before = await event_types(database)
    answer = await api.patch("/preferences/content", json={"logLevel": "error", "nonsense": 1})

    assert answer.status_code == 200
    assert answer.json()["logLevel"] == "info"
    assert await event_types(database) == before


WRONG: list[tuple[str, Any]] = [
    ("logLevel", "trace"),
    ("auditLogRetentionDays", -1),
    ("pollIntervalSeconds", 59),
    ("defaultDiskGroupMode", "delete-all"),
    ("defaultDiskGroupMode", ""),
    ("tiebreakerMethod", "random"),
    ("deletionsEnabled", "yes"),
    ("deletionsEnabled", 1),
    ("deletionsEnabled", None),
    ("snoozeDurationHours", 0),
    ("deadContentMinDays", 0),
    ("staleContentDays", 0),
    ("sunsetDays", 366),
    ("sunsetDays", 0),
    ("sunsetLabel", ""),
    ("sunsetLabel", " \t"),
    ("sunsetLabel", "capacitarr-saved"),
    ("savedLabel", "capacitarr-sunset"),
    ("savedLabel", "a\x00b"),
    ("posterOverlayStyle", "loud"),
    ("savedDurationDays", -1),
    ("backupRetentionDays", 8),
    ("diskGroupGracePeriodDays", -1),
    ("deletionQueueDelaySeconds", 9),
    ("deletionQueueDelaySeconds", 301),
    ("deletionQueueDelaySeconds", False),
    ("evidenceMaxAgeHours", 0),
    ("evidenceMinWeightPct", 101),
    ("maxDeletePctPerRun", 0),
    ("sourceShrinkPct", -1),
    ("convergencePct", 1.5),
    ("minFileAgeDays", 10**12),
]
GROUP_OF = {
    "evidenceMaxAgeHours": "safety",
    "evidenceMinWeightPct": "safety",
    "maxDeletePctPerRun": "safety",
    "sourceShrinkPct": "safety",
    "convergencePct": "safety",
    "minFileAgeDays": "safety",
    "deletionsEnabled": "engine",
    "defaultDiskGroupMode": "engine",
    "tiebreakerMethod": "engine",
    "snoozeDurationHours": "engine",
    "deadContentMinDays": "content",
    "staleContentDays": "content",
    "sunsetDays": "sunset",
    "sunsetLabel": "sunset",
    "savedLabel": "sunset",
    "posterOverlayStyle": "sunset",
    "savedDurationDays": "sunset",
}


async def test_every_rule_holds_for_put_and_patch_and_names_the_member(api: httpx.AsyncClient) -> None:
    before = (await api.get("/preferences")).json()

    for member, value in WRONG:
        for method, path in (("PUT", ""), ("PATCH", f"/{GROUP_OF.get(member, 'advanced')}")):
            answer = await api.request(method, f"/preferences{path}", json={member: value})
            assert answer.status_code == 400, (member, value, method)
            assert member in answer.json()["error"] or "savedLabel" in answer.json()["error"], answer.text
    assert (await api.get("/preferences")).json() == before


@pytest.mark.parametrize("name", NUMBERS)
async def test_safety_setting_takes_its_bounds_and_nothing_beyond(api: httpx.AsyncClient, name: str) -> None:
    bounds, member = NUMBERS[name], to_camel(name)
    answers = [
        (await api.patch("/preferences/safety", json={member: value})).status_code
        for value in (bounds.low, bounds.high, bounds.low - 1, bounds.high + 1, str(bounds.safe), None, True, 1.5)
    ]

    assert answers == [200, 200, 400, 400, 400, 400, 400, 400]
    assert (await api.get("/preferences")).json()[member] == bounds.high


@pytest.mark.parametrize("name", SWITCHES)
async def test_safety_switch_is_a_boolean(api: httpx.AsyncClient, name: str) -> None:
    member, other = to_camel(name), not SWITCHES[name]
    answers = [
        (await api.patch("/preferences/safety", json={member: value})).status_code
        for value in (SWITCHES[name], other, None, 1, "true")
    ]

    assert answers == [200, 200, 400, 400, 400]
    assert (await api.get("/preferences")).json()[member] is other


async def test_zero_and_blank_mean_the_default(api: httpx.AsyncClient) -> None:
    body = {"pollIntervalSeconds": 0, "deletionQueueDelaySeconds": 0, "tiebreakerMethod": ""}
    saved = (await api.put("/preferences", json=body)).json()

    assert (saved["pollIntervalSeconds"], saved["deletionQueueDelaySeconds"]) == (300, 30)
    assert saved["tiebreakerMethod"] == "size_desc"


async def test_what_is_no_object_is_400(api: httpx.AsyncClient) -> None:
    for body in (b"", b"{", b"[]", b"5", b'"x"', b"null", b"\xff\xfe"):
        answer = await api.put("/preferences", content=body)
        assert (answer.status_code, list(answer.json())) == (400, ["error"]), body


async def test_json_counts_whatever_it_calls_itself(api: httpx.AsyncClient) -> None:
    content = b'{"sunsetDays":21}'
    plain = await api.put("/preferences", content=content, headers={"Content-Type": "text/plain"})
    form = await api.put("/preferences", content=content, headers={"Content-Type": "application/x-www-form-urlencoded"})
    none = await api.put("/preferences", content=content)

    assert [answer.json().get("sunsetDays") for answer in (plain, form, none)] == [21, 21, 21]


async def job_states(database: Database) -> dict[str, JobState]:
    async with database.connect() as conn:
        found = await conn.execute(select(m.DeletionJob.title, m.DeletionJob.state))
        return {row.title: row.state for row in found}


async def test_S11_kill_switch_takes_back_everything_that_waits(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    group = await rows.disk_group(database)
    await rows.job(database, source, "grouped", disk_group_id=group, external_id="1-s1")
    await rows.job(database, source, "loose", external_id="2-s1")
    await rows.job(database, source, "claimed", external_id="3-s1", state=JobState.CLAIMED)

    await api.patch("/preferences/engine", json={"deletionsEnabled": False})

    assert await job_states(database) == {
        "grouped": JobState.CANCELLED,
        "loose": JobState.CANCELLED,
        "claimed": JobState.CLAIMED,
    }
    audit = (await api.get("/audit-log")).json()
    assert {entry["action"] for entry in audit["data"]} == {"cancelled"}
    assert audit["total"] == 2


async def test_default_mode_takes_back_only_work_without_a_group(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    group = await rows.disk_group(database, mode="auto")
    await rows.job(database, source, "grouped", disk_group_id=group, external_id="1-s1")
    await rows.job(database, source, "loose", external_id="2-s1")

    await api.put("/preferences", json={"defaultDiskGroupMode": "auto"})

    assert await job_states(database) == {"grouped": JobState.WAITING, "loose": JobState.CANCELLED}
    assert "engine_mode_changed" in await event_types(database)
    assert (await api.get("/disk-groups")).json()[0]["mode"] == "auto"


async def test_saving_outdates_the_preview(api: httpx.AsyncClient, database: Database) -> None:
    await api.put("/preferences", json={"tiebreakerMethod": "name_asc"})

    async with database.connect() as conn:
        assert (await conn.execute(select(m.PreviewState.wanted_scoring))).scalar_one() == 1
    assert "settings_changed" in await event_types(database)


async def test_two_changes_at_once_are_both_kept(gateway: RunningGateway) -> None:
    async with gateway.owner() as api:
        await asyncio.gather(
            *(api.patch("/preferences/content", json={"deadContentMinDays": number}) for number in range(1, 11)),
            *(api.patch("/preferences/safety", json={"boomerangDays": number}) for number in range(1, 11)),
        )
        saved = (await api.get("/preferences")).json()

    assert saved["deadContentMinDays"] in range(1, 11)
    assert saved["boomerangDays"] in range(1, 11)
