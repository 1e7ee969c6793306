"""The simulated systems over real HTTP: keys, addresses, large lists, the control API."""

import httpx
import pytest

from libs.simulator.builders import world_with
from libs.simulator.clock import SimClock
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import MovieSpec
from libs.simulator.world import World
from tests.service.simulator.conftest import NOW


@pytest.mark.parametrize("how", ["header", "bearer", "query"])
async def test_a_key_is_accepted_in_three_ways(simulator: SimulatorServer, how: str) -> None:
    about = simulator.instance("radarr")
    key = about["apiKey"]
    headers = {"header": {"X-Api-Key": key}, "bearer": {"Authorization": f"Bearer {key}"}}.get(how, {})
    params = {"apikey": key} if how == "query" else {}
    async with httpx.AsyncClient(headers=headers, params=params) as client:
        answer = await client.post(f"{about['url']}/api/v3/tag", json={"label": "x"})

    assert answer.status_code == 201
    entry = simulator.ledger()[0]
    assert entry.auth == {"header": "x-api-key"}.get(how, how)
    assert key not in str(entry)


@pytest.mark.parametrize("key", ["", "0" * 32, "ключ"])
async def test_a_wrong_key_gets_401_and_no_body(simulator: SimulatorServer, key: str) -> None:
    async with httpx.AsyncClient(headers=[(b"X-Api-Key", key.encode())]) as client:
        answer = await client.delete(f"{simulator.url}/radarr/api/v3/movie/12?deleteFiles=true")

    assert (answer.status_code, answer.content) == (401, b"")
    assert [(entry.status, entry.effect) for entry in simulator.ledger()] == [(401, None)]


async def test_one_instances_key_opens_no_other(simulator: SimulatorServer) -> None:
    key = simulator.instance("sonarr")["apiKey"]
    async with httpx.AsyncClient(headers={"X-Api-Key": key}) as client:
        assert (await client.get(f"{simulator.url}/radarr/api/v3/movie")).status_code == 401


async def test_ping_and_the_web_page_need_no_key(simulator: SimulatorServer) -> None:
    async with httpx.AsyncClient() as client:
        ping = await client.get(f"{simulator.url}/sonarr/ping")
        page = await client.get(f"{simulator.url}/sonarr/system/status")

    assert ping.json() == {"status": "OK"}
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")


async def test_a_local_cover_is_a_picture_and_needs_the_key(
    simulator: SimulatorServer, radarr: httpx.AsyncClient
) -> None:
    address = (await radarr.get("/movie/12")).json()["images"][0]["url"]

    with_key = await radarr.get(f"{simulator.url}{address}")
    async with httpx.AsyncClient() as stranger:
        without = await stranger.get(f"{simulator.url}{address}")

    assert with_key.content.startswith(b"\x89PNG")
    assert without.status_code == 401


async def test_without_the_url_base_a_lone_instance_redirects_and_two_are_not_found(
    simulator: SimulatorServer,
) -> None:
    lone = world_with(movies=[MovieSpec(title="Film")], now=NOW)
    del lone.instances["sonarr"]
    with SimulatorServer(lone) as server:
        async with httpx.AsyncClient() as client:
            answer = await client.delete(f"{server.url}/api/v3/movie/1?deleteFiles=true")
            among_two = await client.get(f"{simulator.url}/api/v3/movie")
        kept = server.ledger()

    assert (answer.status_code, answer.headers["location"]) == (307, "/radarr/api/v3/movie/1?deleteFiles=true")
    assert [(entry.status, entry.effect) for entry in kept] == [(307, None)]
    assert among_two.status_code == 404


async def test_a_long_list_is_streamed_whole(simulator: SimulatorServer) -> None:
    with SimulatorServer(generate("typical", 5, NOW)) as server:
        about = server.instance("radarr")
        async with httpx.AsyncClient(headers={"X-Api-Key": about["apiKey"]}) as client:
            answers = [
                await client.get(f"{about['url']}/api/v3/movie", headers={"Accept-Encoding": coding})
                for coding in ("gzip", "identity")
            ]

    assert [answer.headers.get("content-encoding") for answer in answers] == ["gzip", None]
    assert len(answers[0].json()) == len(server.world.instances["radarr"].movies)
    assert answers[0].content == answers[1].content


async def test_an_empty_library_is_an_empty_list() -> None:
    with SimulatorServer(world_with(now=NOW)) as server:
        about = server.instance("sonarr")
        async with httpx.AsyncClient(headers={"X-Api-Key": about["apiKey"]}) as client:
            answer = await client.get(f"{about['url']}/api/v3/series")

    assert (answer.status_code, answer.content) == (200, b"[]")


async def test_a_body_that_is_no_json_is_refused_and_kept(
    simulator: SimulatorServer, sonarr: httpx.AsyncClient
) -> None:
    answer = await sonarr.post("/seasonpass", content=b"{nope")

    assert answer.status_code == 400
    assert simulator.ledger()[0].body == "{nope"


async def test_the_instances_can_be_connected_as_they_are_listed(control: httpx.AsyncClient) -> None:
    versions = {"radarr": "v3", "sonarr": "v3", "lidarr": "v1", "readarr": "v1"}
    rows = [row for row in (await control.get("/instances")).json() if row["type"] in versions]

    assert {(row["type"], row["name"]) for row in rows} == {(kind, kind.title()) for kind in versions}
    for row in rows:
        address = f"{row['url']}/api/{versions[row['type']]}/system/status"
        answer = await control.get(address, headers={"X-Api-Key": row["apiKey"]})
        assert answer.json()["urlBase"] == f"/{row['type']}"


async def test_ready_tells_what_is_served(control: httpx.AsyncClient) -> None:
    assert (await control.get("/ready")).json() == {"status": "ready", "profile": "fixture", "seed": 0, "items": 10}


async def test_the_ledger_is_read_from_a_number_on(radarr: httpx.AsyncClient, control: httpx.AsyncClient) -> None:
    await radarr.get("/movie")
    await radarr.delete("/movie/12", params={"deleteFiles": "true"})
    await radarr.delete("/movie/12", params={"deleteFiles": "true"})

    rows = (await control.get("/ledger")).json()

    assert [(row["seq"], row["method"], row["path"], row["status"]) for row in rows] == [
        (1, "DELETE", "/api/v3/movie/12", 200),
        (2, "DELETE", "/api/v3/movie/12", 404),
    ]
    assert rows[0]["effect"] == {
        "kind": "movie_deleted",
        "id": 12,
        "title": "Serenity",
        "freedBytes": 15_032_385_536,
        "files": 1,
        "fileIds": [31],
        "path": "/data/media/movies/Serenity (2005)",
    }
    assert rows[1]["effect"] is None
    assert [row["seq"] for row in (await control.get("/ledger", params={"since": 1})).json()] == [2]
    assert (await control.get("/ledger", params={"since": "x"})).status_code == 400


async def test_calls_are_counted_per_route(sonarr: httpx.AsyncClient, control: httpx.AsyncClient) -> None:
    for series in (7, 8, 99):
        await sonarr.get(f"/series/{series}")

    assert (await control.get("/calls")).json() == {"GET /sonarr/api/v3/series/{id:int}": 3}
    assert (await control.delete("/calls")).json() == {}


async def test_free_space_can_be_set(radarr: httpx.AsyncClient, control: httpx.AsyncClient) -> None:
    answer = await control.post("/disks/media", json={"freeBytes": 1234})

    assert answer.status_code == 200
    rows = {row["path"]: row["freeSpace"] for row in (await radarr.get("/diskspace")).json()}
    assert rows["/data/media"] == 1234
    assert {row["name"]: row["freeBytes"] for row in (await control.get("/disks")).json()}["media"] == 1234


async def test_items_can_be_added_and_take_their_room(
    radarr: httpx.AsyncClient, sonarr: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    before = (await radarr.get("/rootfolder")).json()[0]["freeSpace"]

    movie = await control.post(
        "/items", json={"instance": "radarr", "movie": {"title": "Back", "tmdbId": 1, "sizeBytes": 500, "ageDays": 0}}
    )
    show = await control.post(
        "/items", json={"instance": "sonarr", "show": {"title": "New", "seasons": [{"sizeBytes": 70, "episodes": 7}]}}
    )

    assert (await radarr.get(f"/movie/{movie.json()['id']}")).json()["title"] == "Back"
    assert (await sonarr.get(f"/series/{show.json()['id']}")).json()["statistics"]["sizeOnDisk"] == 70
    assert before - (await radarr.get("/rootfolder")).json()[0]["freeSpace"] == 570


async def test_a_deleted_season_can_come_back_with_new_files(
    sonarr: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    rows = (await sonarr.get("/episodefile", params={"seriesId": 8})).json()
    old = [row["id"] for row in rows if row["seasonNumber"] == 2]
    await sonarr.request("DELETE", "/episodefile/bulk", json={"episodeFileIds": old})

    season = {"number": 2, "sizeBytes": 1000}
    answer = await control.post("/items", json={"instance": "sonarr", "showId": 8, "season": season})

    assert answer.status_code == 200
    rows = (await sonarr.get("/episodefile", params={"seriesId": 8})).json()
    new = [row for row in rows if row["seasonNumber"] == 2]
    assert (len(new), sum(row["size"] for row in new)) == (10, 1000)
    assert not {row["id"] for row in new} & set(old)
    assert {row["dateAdded"][:10] for row in new} == {NOW.date().isoformat()}


async def test_settings_and_root_folders_can_be_changed(radarr: httpx.AsyncClient, control: httpx.AsyncClient) -> None:
    body = {"settings": {"recycleBin": "/bin", "appName": "Sonarr"}, "rootAccessible": {"/data/media/movies": False}}

    assert (await control.post("/instances/radarr", json=body)).status_code == 200

    assert (await radarr.get("/system/status")).json()["appName"] == "Sonarr"
    assert (await radarr.get("/config/mediamanagement")).json()["recycleBin"] == "/bin"
    assert (await radarr.delete("/movie/12", params={"deleteFiles": "true"})).status_code == 409


async def test_the_worlds_clock_can_be_moved(control: httpx.AsyncClient, simulator: SimulatorServer) -> None:
    before = simulator.world.clock.now()

    await control.post("/clock", json={"seconds": 86_400})

    assert (simulator.world.clock.now() - before).days == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/disks/nope", {"freeBytes": 1}),
        ("/disks/media", {"freeBytes": -1}),
        ("/disks/media", {}),
        ("/items", {"instance": "nope"}),
        ("/items", {"instance": "radarr", "movie": {"title": "X", "unknown": 1}}),
        ("/items", {"instance": "radarr", "movie": {"title": "X", "id": 12}}),
        ("/items", {"instance": "radarr", "show": {"title": "X"}}),
        ("/items", {"instance": "sonarr", "showId": 99, "season": {}}),
        ("/instances/nope", {}),
        ("/instances/radarr", {"settings": {"nope": 1}}),
        ("/instances/radarr", {"rootAccessible": {"/nope": True}}),
        ("/clock", {"seconds": "a day"}),
        ("/faults", {"kind": "nope"}),
        ("/faults", {"kind": "status", "nope": 1}),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_and_changes_nothing(
    simulator: SimulatorServer, control: httpx.AsyncClient, path: str, body: dict[str, object]
) -> None:
    before = (await control.get("/truth")).content, (await control.get("/disks")).content

    answer = await control.post(path, json=body)

    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert ((await control.get("/truth")).content, (await control.get("/disks")).content) == before
    assert simulator.simulation.faults.rules == []


async def test_the_truth_can_be_narrowed_to_an_instance(control: httpx.AsyncClient) -> None:
    rows = (await control.get("/truth", params={"instance": "sonarr"})).json()

    assert [row["externalId"] for row in rows] == ["7", "7-s0", "7-s1", "8", "8-s1", "8-s2", "8-s3"]
    assert (rows[2]["sizeBytes"], rows[2]["files"], rows[2]["tags"]) == (32_212_254_720, 14, ["keep"])


def test_an_empty_world_is_served_too() -> None:
    with SimulatorServer(World(SimClock(NOW))) as server:
        assert server.ledger() == []
