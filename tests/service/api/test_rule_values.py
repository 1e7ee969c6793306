"""`GET /rule-values`: fixed ones, what sources told already, and what sync asks a source for."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import insert

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType
from libs.common.domain.rules import FIELDS
from libs.common.messaging.questions import FORGET_RULE_VALUES, ConnectionTested
from libs.simulator.builders import world_with
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import MovieSpec
from services.api.rule_values.values import ACTIONS
from services.sync.handlers import rule_value_router
from services.sync.rule_values.lookup import RuleValueLookup
from services.sync.upstreams import Upstreams
from tests.harness.bus import running_broker
from tests.harness.jumping_clock import JumpingClock
from tests.service.api.upstream_questions import answering_sync
from tests.service.sync.rows import BOX, House

pytestmark = pytest.mark.service


@pytest.fixture
def house(database: Database, clock: JumpingClock) -> House:
    """A database without integrations."""
    return House(database, clock.now())


@pytest.fixture
async def radarr(house: House, nats_url: str, api: httpx.AsyncClient) -> AsyncIterator[tuple[int, SimulatorServer]]:
    """A Radarr that answers, and a sync that asks it."""
    lookup = RuleValueLookup(house.db, Upstreams(BOX, allow_loopback=True))
    world = world_with(movies=[MovieSpec(title="Movie", tags=["keep", "Archive"])])
    async with running_broker(nats_url, rule_value_router(lookup)):
        with SimulatorServer(world) as server:
            yield await house.connect(server.instance("radarr")), server


async def ask(api: httpx.AsyncClient, integration_id: object, action: str) -> httpx.Response:
    return await api.get("/rule-values", params={"integration_id": str(integration_id), "action": action})


def test_every_field_of_a_rule_has_values() -> None:
    assert set(ACTIONS) == set(FIELDS)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (
            "monitored",
            {"type": "closed", "options": [{"value": "true", "label": "Yes"}, {"value": "false", "label": "No"}]},
        ),
        ("sizeBytes", {"type": "free", "inputType": "number", "placeholder": "A size", "suffix": "bytes"}),
        ("TITLE", {"type": "free", "inputType": "text", "placeholder": "A title, or a part of it", "suffix": ""}),
    ],
)
async def test_fixed_values_need_no_integration(api: httpx.AsyncClient, action: str, expected: object) -> None:
    answer = await ask(api, 999, action)

    assert (answer.status_code, answer.json()) == (200, expected)


async def test_closed_words_are_those_of_the_domain(api: httpx.AsyncClient) -> None:
    status, kinds = (await ask(api, 1, "seriesstatus")).json(), (await ask(api, 1, "type")).json()

    assert [one["value"] for one in status["options"]] == ["continuing", "ended", "upcoming", "deleted"]
    assert [one["value"] for one in kinds["options"]] == ["movie", "show", "season", "episode", "artist", "book"]
    assert kinds["options"][0]["label"] == "Movie"


async def test_profiles_tags_and_languages_come_from_the_source(
    api: httpx.AsyncClient, radarr: tuple[int, SimulatorServer]
) -> None:
    quality, tags = (await ask(api, radarr[0], "quality")).json(), (await ask(api, radarr[0], "tag")).json()
    languages = (await ask(api, radarr[0], "Language")).json()

    assert quality["type"] == languages["type"] == "closed"
    assert quality["options"]
    assert {"value": "English", "label": "English"} in languages["options"]
    assert (tags["type"], [one["value"] for one in tags["suggestions"]]) == ("combobox", ["archive", "keep"])


async def test_service_without_a_list_of_languages_is_free_text(
    api: httpx.AsyncClient, radarr: tuple[int, SimulatorServer]
) -> None:
    radarr[1].break_calls(FaultRule(kind=FaultKind.STATUS, status=404, path_glob="*/language"))

    assert (await ask(api, radarr[0], "language")).json()["type"] == "free"


async def test_failing_source_is_500_with_its_trouble(
    api: httpx.AsyncClient, radarr: tuple[int, SimulatorServer]
) -> None:
    radarr[1].break_calls(FaultRule(kind=FaultKind.STATUS, status=401))

    answer = await ask(api, radarr[0], "quality")

    assert (answer.status_code, list(answer.json())) == (500, ["error"])
    assert "key" in answer.json()["error"]


async def test_labels_and_collections_are_those_of_all_enabled_media_servers(
    api: httpx.AsyncClient, house: House
) -> None:
    plex, jellyfin = await house.integration(IntegrationType.PLEX), await house.integration(IntegrationType.JELLYFIN)
    off = await house.integration(IntegrationType.EMBY, enabled=False)
    labels = [(plex, "Keep"), (jellyfin, "keep"), (jellyfin, "again"), (off, "unseen")]
    rows = [{"integration_id": place, "title_id": str(n), "label": label} for n, (place, label) in enumerate(labels)]
    await house.execute(insert(m.SourceLabel).values(rows))
    member = {"integration_id": plex, "collection_id": "1", "name": "Marvel"}
    await house.execute(
        insert(m.SourceCollectionMember).values([{**member, "title_id": "1"}, {**member, "title_id": "2"}])
    )

    told, gathered = (await ask(api, plex, "label")).json(), (await ask(api, plex, "collection")).json()

    assert told["type"] == "combobox"
    assert [one["value"].lower() for one in told["suggestions"]] == ["again", "keep"]
    assert gathered["suggestions"] == [{"value": "Marvel", "label": "Marvel"}]


@pytest.mark.parametrize(
    ("query", "status", "names"),
    [
        ("action=title", 400, "integration_id"),
        ("integration_id=1", 400, "action"),
        ("integration_id=x&action=title", 400, "integration_id"),
        ("integration_id=1&action=nonsense", 400, "action"),
        ("integration_id=999&action=quality", 404, "999"),
        ("integration_id=999&action=genre", 404, "999"),
    ],
)
async def test_what_cannot_be_asked(api: httpx.AsyncClient, query: str, status: int, names: str) -> None:
    answer = await api.get(f"/rule-values?{query}")

    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert names in answer.json()["error"]


async def test_integration_that_holds_no_items_has_no_values(api: httpx.AsyncClient, house: House) -> None:
    plex = await house.integration(IntegrationType.PLEX)

    for action in ("quality", "genre"):
        assert (await ask(api, plex, action)).status_code == 400


async def test_without_sync_it_is_said_who_is_silent(api: httpx.AsyncClient, house: House) -> None:
    answer = await ask(api, await house.integration(IntegrationType.RADARR), "quality")

    assert (answer.status_code, "sync" in answer.json()["error"]) == (503, True)


@pytest.mark.parametrize("success", [True, False])
async def test_only_a_successful_test_of_a_stored_integration_has_its_values_forgotten(
    api: httpx.AsyncClient, house: House, nats_url: str, *, success: bool
) -> None:
    radarr = await house.integration(IntegrationType.RADARR, "http://radarr:7878")
    body = {"type": "radarr", "url": "http://radarr:7878", "apiKey": "a-key", "integrationId": radarr}
    async with answering_sync(nats_url) as sync:
        sync.test_answer = ConnectionTested(success=success, error="" if success else "no")
        async with sync.listening(FORGET_RULE_VALUES) as heard:
            await api.post("/integrations/test", json=body)
            await api.post("/integrations/test", json=body | {"integrationId": None})

    assert heard == ([{"integrationId": radarr}] if success else [])
