"""Rules of the owner: stored as written, refused when they make no sense, and followed by what depends on them."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import func, insert, select

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import RuleEffect
from services.api.rules.edit import MAX_RULES
from tests.harness.bus import running_broker
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.sse import stream
from tests.service.engine.asking import answering
from tests.service.engine.rows import Library

pytestmark = pytest.mark.service

SEED: dict[str, Any] = {"field": "title", "operator": "contains", "value": "Firefly", "effect": "always_keep"}


@pytest.fixture
async def sonarr(database: Database) -> int:
    """The id of an integration that holds items."""
    return await rows.integration(database)


@pytest.fixture
async def judge(database: Database, clock: JumpingClock, nats_url: str, api: httpx.AsyncClient) -> AsyncIterator[None]:
    """A real engine that answers the gateway."""
    async with running_broker(nats_url) as broker, answering(Library(database, clock), nats_url, broker):
        yield


async def stored(database: Database) -> list[tuple[Any, ...]]:
    async with database.connect() as conn:
        found = await conn.execute(select(m.CustomRule.__table__).order_by(m.CustomRule.id))
        return [tuple(row) for row in found]


async def events(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """What was recorded about rules, in order."""
    async with database.connect() as conn:
        rules = select(m.Outbox.type, m.Outbox.data).where(m.Outbox.family == "rules").order_by(m.Outbox.seq)
        return [(row.type, json.loads(row.data)) for row in await conn.execute(rules)]


async def wanted_scoring(database: Database) -> int:
    async with database.connect() as conn:
        return int((await conn.execute(select(m.PreviewState.wanted_scoring))).scalar_one())


async def made(api: httpx.AsyncClient, integration_id: int, **members: Any) -> dict[str, Any]:
    answer = await api.post("/custom-rules", json=SEED | {"integrationId": integration_id} | members)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def ids_in_order(api: httpx.AsyncClient) -> list[int]:
    return [rule["id"] for rule in (await api.get("/custom-rules")).json()]


async def test_seeds_rule_is_stored_as_written_and_listed(
    api: httpx.AsyncClient, database: Database, sonarr: int
) -> None:
    assert (await api.get("/custom-rules")).json() == []

    created = await made(api, sonarr)

    assert created | {"createdAt": "", "updatedAt": ""} == {
        **SEED,
        "id": created["id"],
        "integrationId": sonarr,
        "enabled": True,
        "sortOrder": 0,
        "createdAt": "",
        "updatedAt": "",
    }
    assert (await api.get("/custom-rules")).json() == [created | {"conflicts": []}]
    assert await events(database) == [
        ("rule_created", {"ruleId": created["id"], "field": "title", "effect": "always_keep"})
    ]


async def test_every_change_is_told_and_has_the_library_scored_again(
    api: httpx.AsyncClient, database: Database, sonarr: int
) -> None:
    before = await wanted_scoring(database)
    async with stream(api) as opened:
        rule = await made(api, sonarr)
        changed = await api.put(f"/custom-rules/{rule['id']}", json=SEED | {"integrationId": sonarr, "field": "genre"})
        gone = await api.delete(f"/custom-rules/{rule['id']}")
        frames = await opened.received(6)

    assert (changed.status_code, gone.status_code, gone.content) == (200, 204, b"")
    assert await wanted_scoring(database) == before + 3
    reasons = [json.loads(frame.data)["reason"] for frame in frames if frame.event == "preview_invalidated"]
    assert reasons == ["rule_created", "rule_updated", "rule_deleted"]
    assert [kind for kind, _ in await events(database)] == reasons
    assert (await events(database))[-1][1] == {"ruleId": rule["id"], "field": "genre"}


async def test_X27_both_spellings_are_accepted_and_echoed_as_they_came(api: httpx.AsyncClient, sonarr: int) -> None:
    for field, operator, value in (
        ("sizeBytes", ">", "5"),
        ("sizebytes", "gt", "5"),
        ("TITLE", "!contains", "x"),
        ("timeInLibrary", "over_ago", "30"),
        ("lastPlayed", "never", ""),
        ("hasLabel", "!=", "true"),
        ("Quality", "==", "HD-1080p"),
    ):
        rule = await made(api, sonarr, field=field, operator=operator, value=value)
        assert (rule["field"], rule["operator"], rule["value"]) == (field, operator, value)


async def test_numbers_and_booleans_are_taken_as_their_text(api: httpx.AsyncClient, sonarr: int) -> None:
    sent: list[tuple[str, Any, str]] = [
        ("year", 1999, "1999"),
        ("rating", 7.5, "7.5"),
        ("rating", 7.0, "7"),
        ("monitored", False, "false"),
    ]
    for field, value, text in sent:
        assert (await made(api, sonarr, field=field, operator="equals", value=value))["value"] == text


async def test_never_may_come_without_a_value(api: httpx.AsyncClient, sonarr: int) -> None:
    body = {"field": "lastplayed", "operator": "never", "effect": "prefer_remove", "integrationId": sonarr}

    for more in ({}, {"value": None}, {"value": ""}):
        answer = await api.post("/custom-rules", json=body | more)
        assert (answer.status_code, answer.json()["value"]) == (201, "")


async def test_X8_X11_enabled_and_order_are_applied_when_present_and_kept_when_absent(
    api: httpx.AsyncClient, sonarr: int
) -> None:
    rule = await made(api, sonarr, enabled=False, sortOrder=7)
    body = SEED | {"integrationId": sonarr}

    async def put(**members: Any) -> tuple[bool, int]:
        shown = (await api.put(f"/custom-rules/{rule['id']}", json=body | members)).json()
        return shown["enabled"], shown["sortOrder"]

    assert (rule["enabled"], rule["sortOrder"]) == (False, 7)
    assert await put(value="Serenity") == (False, 7)
    assert await put(enabled=None, sortOrder=None) == (False, 7)
    assert await put(enabled=True) == (True, 7)
    assert await put(sortOrder=0) == (True, 0)
    assert await put(enabled=False) == (False, 0)


BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown field": ("field", {"field": "titel"}),
    "no field": ("field", {"field": ""}),
    "field of another type": ("field", {"field": 7}),
    "operator of another kind": ("operator", {"operator": "gt"}),
    "unknown operator": ("operator", {"operator": "like"}),
    "no operator": ("operator", {"operator": ""}),
    "T94 no number": ("value", {"field": "rating", "operator": "lt", "value": "many"}),
    "infinite": ("value", {"field": "rating", "operator": "lt", "value": "1e999"}),
    "truth for a number": ("value", {"field": "rating", "operator": "lt", "value": True}),
    "negative days": ("value", {"field": "lastplayed", "operator": "in_last", "value": "-3"}),
    "no boolean": ("value", {"field": "monitored", "operator": "equals", "value": "perhaps"}),
    "no value": ("value", {"value": ""}),
    "list": ("value", {"value": ["x"]}),
    "object": ("value", {"value": {"x": 1}}),
    "100 k characters": ("value", {"value": "x" * 100_000}),
    "NUL": ("value", {"value": "\x00"}),
    "100 k characters of a pattern": ("value", {"operator": "regex", "value": "x" * 100_000}),
    "T94 invalid pattern": ("value", {"operator": "regex", "value": "("}),
    "look-around": ("value", {"operator": "regex", "value": "(?=x)"}),
    "back-reference": ("value", {"operator": "regex", "value": r"(a)\1"}),
    "T95 repetitions": ("value", {"operator": "regex", "value": "(a{1000}){1000}"}),
    "T95 repetitions of a range": ("value", {"operator": "regex", "value": ".{1,30000}{1,100}"}),
    "T95 nested repetitions": ("value", {"operator": "regex", "value": "(((a{99}){99}){99}){99}"}),
    "T95 large program": ("value", {"operator": "regex", "value": r"\p{L}{500}"}),
    "repetitions without end": ("value", {"operator": "regex", "value": "a" + "{999}" * 99}),
    "deep nesting": ("value", {"operator": "regex", "value": "(" * 250 + ")" * 250}),
    "repetition of nothing": ("value", {"operator": "regex", "value": "*"}),
    "no effect": ("effect", {"effect": ""}),
    "unknown effect": ("effect", {"effect": "protect"}),
    "null effect": ("effect", {"effect": None}),
    "T93 no integration": ("integrationId", {"integrationId": None}),
    "unknown integration": ("integrationId", {"integrationId": 999_999}),
    "integration 0": ("integrationId", {"integrationId": 0}),
    "integration as text": ("integrationId", {"integrationId": "1"}),
    "integration too large": ("integrationId", {"integrationId": 2**63}),
    "enabled as text": ("enabled", {"enabled": "yes"}),
    "fraction of a place": ("sortOrder", {"sortOrder": 1.5}),
}
"""By what is wrong: the member that has to be named, and what is sent for it."""


async def test_what_makes_no_sense_is_named_and_nothing_is_stored(
    api: httpx.AsyncClient, judge: None, database: Database, sonarr: int
) -> None:
    kept = await made(api, sonarr)
    before, scoring = await stored(database), await wanted_scoring(database)

    for case, (member, wrong) in BAD.items():
        body = SEED | {"integrationId": sonarr} | wrong
        for answer in (
            await api.post("/custom-rules", json=body),
            await api.put(f"/custom-rules/{kept['id']}", json=body),
        ):
            assert (case, answer.status_code) == (case, 400)
            assert list(answer.json()) == ["error"]
            assert answer.json()["error"].startswith(f"{member}: "), case
            assert len(answer.json()["error"]) < 300

    assert await stored(database) == before
    assert (await wanted_scoring(database), len(await events(database))) == (scoring, 1)


async def test_body_that_is_no_rule_of_json_is_400(api: httpx.AsyncClient, sonarr: int) -> None:
    whole = json.dumps(SEED | {"integrationId": sonarr, "value": 0})
    numbers = [whole.replace('"value": 0', f'"value": {text}') for text in ("NaN", "Infinity", "1e999")]

    for content in (*numbers, "[]", "null", "{", "7", ""):
        answer = await api.post("/custom-rules", content=content)
        assert (answer.status_code, list(answer.json())) == (400, ["error"]), content
        assert content not in numbers or answer.json()["error"].startswith("value: ")
    assert await ids_in_order(api) == []


async def test_legacy_type_and_intensity_are_no_effect(api: httpx.AsyncClient, sonarr: int) -> None:
    body = {name: SEED[name] for name in ("field", "operator", "value")}

    answer = await api.post(
        "/custom-rules", json=body | {"integrationId": sonarr, "type": "protect", "intensity": "prefer"}
    )

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("effect: is required")


async def test_integration_that_would_never_be_reached_is_refused(api: httpx.AsyncClient, database: Database) -> None:
    removed = await rows.integration(database, removed_at=rows.NOW)
    server = await rows.integration(database, type="plex")

    for source, told in ((removed, "there is no integration"), (server, "is a plex, which holds no items")):
        answer = await api.post("/custom-rules", json=SEED | {"integrationId": source})
        assert (answer.status_code, told in answer.json()["error"]) == (400, True)
    assert await stored(database) == []


async def test_rules_go_with_their_integration_even_when_one_is_added_meanwhile(
    api: httpx.AsyncClient, database: Database, sonarr: int
) -> None:
    await rows.integration(database, "Another")

    answers = await asyncio.gather(
        *(api.post("/custom-rules", json=SEED | {"integrationId": sonarr}) for _ in range(4)),
        api.delete(f"/integrations/{sonarr}"),
        *(api.post("/custom-rules", json=SEED | {"integrationId": sonarr}) for _ in range(4)),
    )

    assert {answer.status_code for answer in answers} <= {200, 201, 400}
    assert await stored(database) == []


async def test_pattern_the_engine_can_match_is_stored(api: httpx.AsyncClient, judge: None, sonarr: int) -> None:
    for pattern in ("^(Firefly|Serenity)$", "(a+)+$", r"\bS\d{1,2}E\d{1,3}\b", "(?-i)HD", r"\w{50}"):
        assert (await made(api, sonarr, operator="regex", value=pattern))["value"] == pattern


async def test_why_a_pattern_is_refused_is_said_in_one_sentence(
    api: httpx.AsyncClient, judge: None, sonarr: int
) -> None:
    async def told(pattern: str) -> str:
        body = SEED | {"integrationId": sonarr, "operator": "regex", "value": pattern}
        return str((await api.post("/custom-rules", json=body)).json()["error"])

    invalid = "is no valid regular expression"
    assert await told("a(b") == f"value: 'a(b' {invalid}: unclosed group"
    assert await told("(?!x)") == (
        f"value: '(?!x)' {invalid}: look-around, including look-ahead and look-behind, is not supported"
    )
    assert await told(r"(a)\1") == rf"value: '(a)\\1' {invalid}: backreferences are not supported"
    assert await told("(a{1000}){1000}") == (
        "value: '(a{1000}){1000}' is too large: repetitions written out, it may have 500 parts; "
        "a dot or class counts 10"
    )


async def test_pattern_is_not_stored_unchecked_when_no_engine_answers(
    api: httpx.AsyncClient, database: Database, sonarr: int
) -> None:
    answer = await api.post("/custom-rules", json=SEED | {"integrationId": sonarr, "operator": "regex"})

    assert answer.status_code == 503
    assert "engine" in answer.json()["error"]
    assert await stored(database) == []


async def test_rule_that_is_not_there(api: httpx.AsyncClient, sonarr: int) -> None:
    for rule_id, status in (("999999", 404), ("x", 400), ("0", 400), ("-1", 400), ("1.5", 400)):
        changed = await api.put(f"/custom-rules/{rule_id}", json=SEED | {"integrationId": sonarr})
        gone = await api.delete(f"/custom-rules/{rule_id}")
        assert [(answer.status_code, list(answer.json())) for answer in (changed, gone)] == [(status, ["error"])] * 2


@pytest.mark.parametrize("name", ["ids", "order"])
async def test_X26_reorder_gives_each_rule_its_place(
    api: httpx.AsyncClient, database: Database, sonarr: int, name: str
) -> None:
    first, second, third, unlisted = [(await made(api, sonarr, sortOrder=9))["id"] for _ in range(4)]
    recorded = len(await events(database))

    answer = await api.put("/custom-rules/reorder", json={name: [third, 999_999, first, second]})

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    places = {rule["id"]: rule["sortOrder"] for rule in (await api.get("/custom-rules")).json()}
    assert places == {third: 0, first: 2, second: 3, unlisted: 9}
    assert await ids_in_order(api) == [third, first, second, unlisted]
    told = (await events(database))[recorded:]
    assert {(kind, data["ruleId"]) for kind, data in told} == {("rule_updated", i) for i in (first, second, third)}


async def test_order_that_is_so_already_changes_nothing(
    api: httpx.AsyncClient, database: Database, sonarr: int
) -> None:
    ids = [(await made(api, sonarr, sortOrder=place))["id"] for place in range(2)]
    before, recorded, scoring = await stored(database), await events(database), await wanted_scoring(database)

    assert (await api.put("/custom-rules/reorder", json={"ids": ids})).status_code == 200
    assert (await api.put("/custom-rules/reorder", json={"ids": [999_999]})).status_code == 200

    after = await stored(database), await events(database), await wanted_scoring(database)
    assert after == (before, recorded, scoring)


async def test_order_that_cannot_be_meant_is_400(api: httpx.AsyncClient, database: Database, sonarr: int) -> None:
    await made(api, sonarr, sortOrder=5)
    before = await stored(database)
    nonsense: list[Any] = [{}, {"ids": []}, {"order": []}, {"ids": None}, {"ids": "1"}, {"ids": ["1"]}, [1]]

    for body in (*nonsense, {"ids": [1.5]}, {"ids": [1, 1]}, {"ids": list(range(20_000))}):
        answer = await api.put("/custom-rules/reorder", json=body)
        assert (answer.status_code, list(answer.json())) == (400, ["error"]), body
    assert await stored(database) == before


async def test_two_callers_at_once_leave_one_of_their_orders(api: httpx.AsyncClient, sonarr: int) -> None:
    ids = [(await made(api, sonarr))["id"] for _ in range(6)]
    orders = [ids, ids[::-1]]

    for _ in range(5):
        answers = await asyncio.gather(*(api.put("/custom-rules/reorder", json={"ids": order}) for order in orders * 3))
        assert {answer.status_code for answer in answers} == {200}
        assert await ids_in_order(api) in orders


async def test_conflicting_rules_are_shown_to_their_owner(api: httpx.AsyncClient, sonarr: int) -> None:
    keep = await made(api, sonarr)
    away = await made(api, sonarr, value="Fire", effect="prefer_remove")
    off = await made(api, sonarr, value="Fire", effect="lean_remove", enabled=False)

    shown = {rule["id"]: rule["conflicts"] for rule in (await api.get("/custom-rules")).json()}

    assert [conflict["ruleId"] for conflict in shown[keep["id"]]] == [away["id"]]
    assert [conflict["ruleId"] for conflict in shown[away["id"]]] == [keep["id"]]
    assert "always_keep wins" in shown[away["id"]][0]["message"]
    assert shown[off["id"]] == []


async def test_there_is_an_end_to_rules(api: httpx.AsyncClient, database: Database, sonarr: int) -> None:
    one = {"integration_id": sonarr, "field": "title", "operator": "equals", "value": "x"}
    many = [one | {"effect": RuleEffect.LEAN_KEEP, "created_at": rows.NOW, "updated_at": rows.NOW}] * MAX_RULES
    async with database.begin() as tx:
        await tx.execute(insert(m.CustomRule), many)

    answer = await api.post("/custom-rules", json=SEED | {"integrationId": sonarr})

    assert (answer.status_code, list(answer.json())) == (409, ["error"])
    async with database.connect() as conn:
        assert (await conn.execute(select(func.count()).select_from(m.CustomRule))).scalar_one() == MAX_RULES


async def test_fields_are_those_of_what_is_connected(api: httpx.AsyncClient, database: Database) -> None:
    bare = (await api.get("/rule-fields")).json()
    await rows.integration(database)
    await rows.integration(database, "Off", type="seerr", enabled=False)
    await rows.integration(database, "Gone", type="plex", removed_at=rows.NOW)
    await rows.integration(database, "Plays", type="tautulli")

    async def names(**query: str) -> list[str]:
        return [field["field"] for field in (await api.get("/rule-fields", params=query)).json()]

    assert bare[0] == {
        "field": "title",
        "label": "Title",
        "type": "string",
        "operators": ["contains", "not_contains", "equals", "not_equals", "regex"],
        "operatorAliases": {"==": "equals", "!=": "not_equals", "!contains": "not_contains"},
    }
    assert [field["field"] for field in bare][-1] == "type"
    size = next(field for field in bare if field["field"] == "sizeBytes")
    assert (size["type"], size["operators"]) == ("number", ["gt", "lt", "gte", "lte", "equals"])
    assert {"seriesstatus", "playcount", "lastplayed"} <= set(await names())
    assert not {"requested", "watchlist", "label", "collection"} & set(await names())
    assert "seriesstatus" not in await names(service_type="radarr")
    assert "playcount" in await names(service_type="radarr")
    assert "playcount" not in await names(service_type="plex")
    shown = {field["field"]: field["type"] for field in (await api.get("/rule-fields")).json()}
    assert (shown["tag"], shown["timeinlibrary"], shown["monitored"], shown["lastplayed"]) == (
        "string",
        "number",
        "boolean",
        "date",
    )
