"""Webhooks at the gateway: who gets in, in which form, what is written down, and how repetitions merge."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import nats
import pytest
from sqlalchemy import delete, select, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType, RefreshKind, RefreshState
from libs.common.messaging.topology import REFRESH_WORKER
from libs.common.settings import Settings
from services.api.webhooks.payloads import MAX_PAYLOAD_BYTES
from services.api.webhooks.senders import PARSERS
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.running_gateway import RunningGateway, serving
from tests.unit.api import webhook_events as events

NEW = {"url": "http://upstream:80", "apiKey": "0123456789abcdef"}
EVENTS = {
    "sonarr": events.sonarr(),
    "radarr": events.radarr(),
    "lidarr": events.lidarr(),
    "readarr": events.readarr("Download", 41),
    "plex": events.plex(),
    "jellyfin": events.jellyfin(),
    "emby": events.emby(),
    "tautulli": events.tautulli(),
    "seerr": events.seerr(),
}
ITEM, ACTIVITY, DISKS = RefreshKind.ITEM, RefreshKind.ACTIVITY, RefreshKind.DISKS
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NEWER = "a-newer-secret-0123456789"
THUMB = ("thumb.jpg", b"\xff\xd8\xff" + bytes(50_000), "image/jpeg")

Add = Callable[[str], Awaitable[tuple[int, str]]]


@pytest.fixture
def add(gateway: RunningGateway) -> Add:
    """Adds an integration; answers its id and the path of its webhook below the API root."""

    async def make(kind: str) -> tuple[int, str]:
        async with gateway.owner() as owner:
            new = (await owner.post("/integrations", json={"type": kind, "name": kind, **NEW})).json()["id"]
            address = await owner.get(f"/integrations/{new}/webhook")
        assert address.status_code == 200, address.text
        path = str(address.json()["path"]).removeprefix("/api/v1")
        assert path.startswith(f"/webhooks/{new}/")
        return new, path

    return make


@pytest.fixture
async def anybody(gateway: RunningGateway) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.anybody() as client:
        yield client


async def requests(database: Database) -> list[Any]:
    async with database.connect() as conn:
        row = m.RefreshRequest
        return list(await conn.execute(select(row.__table__).order_by(row.integration_id, row.kind, row.native_id)))


async def asked(database: Database) -> list[tuple[RefreshKind, str, str]]:
    return [(row.kind, row.native_id, row.user_id) for row in await requests(database)]


async def finish(database: Database, clock: JumpingClock, state: RefreshState) -> None:
    """What the reader does to every row."""
    async with database.begin() as tx:
        await tx.execute(update(m.RefreshRequest).values(state=state, read_at=clock.now()))


async def nudges(gateway: RunningGateway) -> int:
    client = await nats.connect(gateway.settings.nats_url)
    try:
        info = await client.jetstream().consumer_info(REFRESH_WORKER.stream.name, REFRESH_WORKER.durable)
        return info.num_pending or 0
    finally:
        await client.close()


@pytest.mark.parametrize("kind", EVENTS)
async def test_event_is_taken_and_written_down(
    add: Add, anybody: httpx.AsyncClient, database: Database, gateway: RunningGateway, kind: str
) -> None:
    new, path = await add(kind)

    answer = await anybody.post(path, json=EVENTS[kind])

    assert (answer.status_code, answer.content) == (200, b"")
    targets = PARSERS[IntegrationType(kind)](EVENTS[kind]).targets
    assert await asked(database) == sorted((each.kind, each.native_id, each.user_id) for each in targets)
    assert {row.integration_id for row in await requests(database)} == {new}
    assert await nudges(gateway) == 1


def multipart(field: str) -> dict[str, Any]:
    return {"files": {field: (None, json.dumps(EVENTS["plex"])), "thumb": THUMB}}


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"json": EVENTS["plex"]}, id="json"),
        pytest.param({"content": json.dumps(EVENTS["plex"]), "headers": {"Content-Type": "text/plain"}}, id="text"),
        pytest.param({"content": b"\xef\xbb\xbf" + json.dumps(EVENTS["plex"]).encode()}, id="bom, no type"),
        pytest.param(multipart("payload"), id="multipart of plex"),
        pytest.param(multipart("data"), id="multipart of an old emby"),
        pytest.param({"data": {"payload": json.dumps(EVENTS["plex"])}}, id="form"),
        pytest.param(
            {"content": json.dumps(EVENTS["plex"]), "headers": FORM},
            id="json as form",
        ),
    ],
)
async def test_every_form_of_body_says_the_same(
    add: Add, anybody: httpx.AsyncClient, database: Database, form: dict[str, Any]
) -> None:
    _, path = await add("plex")

    answer = await anybody.post(path, **form)

    assert (answer.status_code, answer.text) == (200, "")
    assert await asked(database) == [(ACTIVITY, "501", "")]


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"content": b"{not json, with s3cret"}, id="no json"),
        pytest.param({"content": b"[" * 100_000}, id="deep"),
        pytest.param({"json": ["s3cret"]}, id="no object"),
        pytest.param({"content": b""}, id="empty"),
        pytest.param({"content": b"\xff\xfe\x00s3cret"}, id="no text"),
        pytest.param({"data": {"other": "s3cret"}}, id="form without the field"),
        pytest.param({"files": {"thumb": THUMB}}, id="multipart without the field"),
        pytest.param({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, id="no boundary"),
        pytest.param(
            {"content": b"--b\r\nrubbish", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
            id="broken multipart",
        ),
        pytest.param(
            {
                "content": urlencode({f"f{n}": "x" for n in range(50)}),
                "headers": FORM,
            },
            id="many fields",
        ),
        pytest.param({"content": b" " * (MAX_PAYLOAD_BYTES + 1)}, id="too long"),
    ],
)
async def test_body_that_cannot_be_meant_is_400_and_not_repeated(
    add: Add, anybody: httpx.AsyncClient, database: Database, form: dict[str, Any]
) -> None:
    _, path = await add("plex")

    answer = await anybody.post(path, **form)

    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert "s3cret" not in answer.text
    assert await requests(database) == []


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        pytest.param("sonarr", events.sonarr("Test"), id="test"),
        pytest.param("sonarr", events.sonarr("ManualInteractionRequired"), id="of no use"),
        pytest.param("plex", {"event": "never.heard.of"}, id="unknown"),
    ],
)
async def test_event_of_no_use_is_taken_and_forgotten(
    add: Add, anybody: httpx.AsyncClient, database: Database, kind: str, event: dict[str, Any]
) -> None:
    _, path = await add(kind)

    assert (await anybody.post(path, json=event)).status_code == 200
    assert await requests(database) == []


async def test_event_about_another_server_of_the_account_is_forgotten(
    add: Add, anybody: httpx.AsyncClient, database: Database
) -> None:
    _, path = await add("plex")
    async with database.begin() as tx:
        await tx.execute(update(m.Integration).values(server_identity=events.PLEX_SERVER))

    other = await anybody.post(path, json=events.plex(server="another"))
    before = await requests(database)
    own = await anybody.post(path, json=events.plex(server=events.PLEX_SERVER.upper()))

    assert (other.status_code, own.status_code, before) == (200, 200, [])
    assert await asked(database) == [(ACTIVITY, "501", "")]


async def test_forged_foreign_and_outlived_tokens_are_all_told_the_same(
    add: Add, anybody: httpx.AsyncClient, database: Database, gateway: RunningGateway
) -> None:
    radarr, path = await add("radarr")
    other, other_path = await add("sonarr")
    removed, removed_path = await add("lidarr")
    disabled, disabled_path = await add("seerr")
    token, other_token = path.rsplit("/", 1)[1], other_path.rsplit("/", 1)[1]
    async with gateway.owner() as owner:
        assert (await owner.delete(f"/integrations/{removed}")).status_code == 200
        assert (await owner.put(f"/integrations/{disabled}", json={"enabled": False})).status_code == 200
    wrong = [
        f"/webhooks/{radarr}/{other_token}",
        f"/webhooks/{other}/{token}",
        f"/webhooks/{radarr}/{token[:-1]}",
        f"/webhooks/{radarr}/{token}x",
        f"/webhooks/{radarr}/{token.swapcase()}",
        f"/webhooks/999999/{token}",
        f"/webhooks/0/{token}",
        f"/webhooks/-{radarr}/{token}",
        f"/webhooks/%20{radarr}/{token}",
        f"/webhooks/{10**40}/{token}",
        f"/webhooks/{radarr}/%C3%A9%00",
        removed_path,
        disabled_path,
    ]

    answers = [await anybody.post(each, json=EVENTS["radarr"]) for each in wrong]

    assert [answer.status_code for answer in answers] == [404] * len(wrong)
    assert len({answer.text for answer in answers}) == 1
    assert await requests(database) == []


async def test_integration_that_is_made_anew_under_an_old_id_has_another_token(
    add: Add, anybody: httpx.AsyncClient, database: Database
) -> None:
    radarr, path = await add("radarr")
    async with database.begin() as tx:
        await tx.execute(delete(m.Integration))
    await rows.integration(database, id=radarr, type="radarr")

    assert (await anybody.post(path, json=EVENTS["radarr"])).status_code == 404
    assert await requests(database) == []


async def test_tokens_survive_a_restart_and_a_rotation_of_the_secret(
    add: Add, database: Database, api_settings: Callable[..., Settings], gateway: RunningGateway
) -> None:
    _, path = await add("radarr")
    secret = gateway.settings.secret_key.get_secret_value()

    for key, expected in (
        (secret, 200),
        (f"a-newer-secret-0123456789,{secret}", 200),
        ("a-newer-secret-0123456789", 404),
    ):
        async with serving(api_settings(SECRET_KEY=key), database) as replica, replica.anybody() as client:
            assert (await client.post(path, json=EVENTS["radarr"])).status_code == expected


async def test_guessing_is_slowed_down_and_right_tokens_go_on(
    add: Add, database: Database, api_settings: Callable[..., Settings]
) -> None:
    radarr, path = await add("radarr")

    async with (
        serving(api_settings(WEBHOOK_REFUSED_LIMIT="3"), database) as limited,
        limited.anybody() as client,
    ):
        guesses = [await client.post(f"/webhooks/{radarr}/guess{n}", json={}) for n in range(5)]
        right = await client.post(path, json=EVENTS["radarr"])

    assert [answer.status_code for answer in guesses] == [404, 404, 404, 429, 429]
    assert int(guesses[-1].headers["Retry-After"]) > 0
    assert right.status_code == 200


async def test_hundred_events_at_two_replicas_are_one_request(
    add: Add, database: Database, api_settings: Callable[..., Settings], gateway: RunningGateway
) -> None:
    _, path = await add("radarr")

    async with serving(api_settings(), database) as second, second.anybody() as there, gateway.anybody() as here:
        answers = await asyncio.gather(
            *(client.post(path, json=EVENTS["radarr"]) for _ in range(50) for client in (here, there))
        )

    assert {answer.status_code for answer in answers} == {200}
    assert await asked(database) == [(DISKS, "", ""), (ITEM, "12", "")]


async def test_first_event_is_due_at_once_and_one_after_a_read_five_seconds_behind_it(
    add: Add, anybody: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    _, path = await add("plex")

    await anybody.post(path, json=EVENTS["plex"])
    (first,) = await requests(database)
    await finish(database, clock, RefreshState.DONE)
    (read,) = await requests(database)
    for _ in range(3):
        await anybody.post(path, json=EVENTS["plex"])
    (merged,) = await requests(database)
    clock.jump(seconds=60)
    await finish(database, clock, RefreshState.DONE)
    clock.jump(seconds=60)
    await anybody.post(path, json=EVENTS["plex"])
    (late,) = await requests(database)

    assert first.due_at == first.asked_at
    assert merged.state is RefreshState.WAITING
    assert (merged.due_at - read.read_at).total_seconds() == 5
    assert late.due_at == late.asked_at


async def test_event_during_a_read_has_it_read_again(
    add: Add, anybody: httpx.AsyncClient, database: Database, clock: JumpingClock, gateway: RunningGateway
) -> None:
    _, path = await add("plex")
    await anybody.post(path, json=EVENTS["plex"])
    await finish(database, clock, RefreshState.READING)

    await anybody.post(path, json=EVENTS["plex"])

    (row,) = await requests(database)
    assert (row.state, row.is_wanted_again) == (RefreshState.READING, True)
    assert await nudges(gateway) == 1


async def test_disks_wait_a_minute_and_events_meanwhile_do_not_put_them_off(
    add: Add, anybody: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    _, path = await add("radarr")

    await anybody.post(path, json=EVENTS["radarr"])
    first = (await requests(database))[0]
    clock.jump(seconds=40)
    await anybody.post(path, json=EVENTS["radarr"])
    second = (await requests(database))[0]

    assert first.kind is DISKS
    assert (first.due_at - first.asked_at).total_seconds() == 60
    assert second.due_at == first.due_at


async def test_event_while_the_end_of_a_full_read_holds_the_integration_is_taken_at_once(
    add: Add, anybody: httpx.AsyncClient, database: Database
) -> None:
    radarr, path = await add("radarr")

    async with database.begin() as tx:
        await tx.execute(select(m.Integration.id).where(m.Integration.id == radarr).with_for_update())
        async with asyncio.timeout(5):
            answer = await anybody.post(path, json=EVENTS["radarr"])

    assert answer.status_code == 200
    assert (ITEM, "12", "") in await asked(database)


@pytest.mark.parametrize("kind", EVENTS)
async def test_address_tells_where_to_paste_it(gateway: RunningGateway, add: Add, kind: str) -> None:
    new, path = await add(kind)

    async with gateway.owner() as owner:
        told = (await owner.get(f"/integrations/{new}/webhook")).json()

    assert told["url"] == f"{gateway.root}/api/v1{path}"
    assert (told["method"], bool(told["where"]), bool(told["events"])) == ("POST", True, True)
    assert ("body" in told) == (kind == "tautulli")


async def test_body_for_tautulli_is_read_by_us(gateway: RunningGateway, add: Add) -> None:
    new, _ = await add("tautulli")
    async with gateway.owner() as owner:
        template = (await owner.get(f"/integrations/{new}/webhook")).json()["body"]

    filled = template.replace("{action}", "watched").replace("{media_type}", "movie").replace("{rating_key}", "501")

    assert PARSERS[IntegrationType.TAUTULLI](json.loads(filled)).targets[0].native_id == "501"


@pytest.mark.parametrize(
    ("public_url", "base_url", "expected"),
    [
        ("https://media.example.org", "/", "https://media.example.org/api/v1/webhooks/"),
        ("https://media.example.org/", "/tidy/", "https://media.example.org/tidy/api/v1/webhooks/"),
        ("https://media.example.org/tidy", "/tidy/", "https://media.example.org/tidy/api/v1/webhooks/"),
        ("", "/tidy/", "http://127.0.0.1:"),
    ],
)
async def test_address_is_the_one_people_use(
    database: Database, api_settings: Callable[..., Settings], public_url: str, base_url: str, expected: str
) -> None:
    settings = api_settings(PUBLIC_URL=public_url, BASE_URL=base_url)
    async with serving(settings, database) as running:
        await running.log_in()
        async with running.owner() as owner, running.anybody() as anybody:
            new = (await owner.post("/integrations", json={"type": "radarr", "name": "r", **NEW})).json()["id"]
            told = (await owner.get(f"/integrations/{new}/webhook")).json()
            path = urlsplit(told["url"]).path
            answer = await anybody.post(f"{running.root}{path}", json=EVENTS["radarr"])

    assert told["url"].startswith(expected)
    assert path == told["path"]
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["jellystat", "tracearr"])
async def test_system_without_webhooks_has_no_address(gateway: RunningGateway, kind: str) -> None:
    async with gateway.owner() as owner:
        new = (await owner.post("/integrations", json={"type": kind, "name": kind, **NEW})).json()["id"]
        answer = await owner.get(f"/integrations/{new}/webhook")
        missing = await owner.get("/integrations/999999/webhook")

    assert (answer.status_code, missing.status_code) == (404, 404)
    assert "sends no webhooks" in answer.json()["error"]


async def test_neither_logs_nor_other_answers_hold_the_token(
    add: Add, anybody: httpx.AsyncClient, gateway: RunningGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    new, path = await add("radarr")
    token = path.rsplit("/", 1)[1]

    await anybody.post(path, json=EVENTS["radarr"])
    await anybody.post(path, content=b"{")
    await anybody.post(f"{path}x", json={})
    async with gateway.owner() as owner:
        shown = [(await owner.get(each)).text for each in ("/integrations", f"/integrations/{new}", "/activity/recent")]

    assert token not in "".join(shown)
    captured = capsys.readouterr()
    assert token not in captured.out + captured.err
