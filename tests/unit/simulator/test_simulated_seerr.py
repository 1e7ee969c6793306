"""A simulated Seerr answers as the published description says, and as odd as the real ones are."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import Favourite, Request, RequestDesk
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.simulation import Simulation
from tests.unit.simulator.api_caller import ApiCaller
from tests.unit.simulator.contract_fields import Fields, missing_fields
from tests.unit.simulator.contract_seerr import QUERY_NAMES, SEERR

MAL, KAYLEE, WASH = 0, 1, 2


@pytest.fixture
def seerr(simulation: Simulation) -> ApiCaller:
    return ApiCaller(simulation, "seerr", "/api/v1", "x-api-key")


@pytest.fixture
def desk(simulation: Simulation) -> RequestDesk:
    return simulation.world.request_desks["seerr"]


def request(number: int, status: int = 2, **more: object) -> Request:
    fields = {"kind": TitleKind.MOVIE, "tmdb_id": 900001, "person": MAL, "created_at": datetime(2025, 1, 1, tzinfo=UTC)}
    return Request(id=number, status=status, **{**fields, **more})  # type: ignore[arg-type]  # the fields of a request


def ids(payload: dict[str, list[dict[str, int]]]) -> list[int]:
    return [row["id"] for row in payload["results"]]


@pytest.mark.parametrize(("path", "fields"), SEERR.items(), ids=SEERR)
def test_every_call_answers_with_the_fields_clients_read(seerr: ApiCaller, path: str, fields: Fields) -> None:
    bare, _, page = path.partition("?page=")

    payload = seerr.get(bare, **({"page": page} if page else {}))

    assert missing_fields(payload, fields) == []


@pytest.mark.parametrize(("path", "names"), QUERY_NAMES.items(), ids=QUERY_NAMES)
def test_every_published_query_name_is_taken_and_others_are_not(
    seerr: ApiCaller, path: str, names: dict[str, str]
) -> None:
    assert seerr.send("GET", path, **names).status == 200

    reply = seerr.send("GET", path, invented="1", **names)

    assert reply.status == 400
    assert reply.json["errors"][0]["path"] == "/query/invented"


def test_a_bad_key_lacks_permission_and_the_version_needs_no_key(seerr: ApiCaller) -> None:
    seerr.key = "wrong"

    reply = seerr.send("GET", "/auth/me")

    assert (reply.status, reply.json["status"]) == (403, 403)
    assert seerr.get("/status")["version"] == "2.7.3"


def test_the_key_acts_as_the_owner_or_as_whom_a_header_names(seerr: ApiCaller) -> None:
    assert seerr.get("/auth/me")["id"] == 1

    seerr.headers = {"x-api-user": "2"}

    assert seerr.get("/auth/me")["displayName"] == "kaylee"


def test_what_is_no_api_is_the_web_interface(seerr: ApiCaller) -> None:
    seerr.prefix = ""

    assert seerr.send("GET", "/requests").status == 200
    assert seerr.send("GET", "/requests").json is None
    assert seerr.send("GET", "/api/v1/nothing").status == 404


def test_a_movie_and_a_show_share_a_tmdb_number(seerr: ApiCaller) -> None:
    show, movie = seerr.get("/request")["results"]

    assert (show["type"], show["status"], show["media"]["tvdbId"]) == ("tv", 3, 990002)
    assert [season["seasonNumber"] for season in show["seasons"]] == [1]
    assert (movie["type"], movie["media"]["externalServiceId"], movie["media"]["ratingKey"]) == ("movie", 12, "501")
    assert show["media"]["tmdbId"] == movie["media"]["tmdbId"] == 16320
    assert show["media"]["id"] != movie["media"]["id"]


def test_a_request_for_4k_tells_its_own_item(seerr: ApiCaller, desk: RequestDesk) -> None:
    desk.requests.append(request(40, tmdb_id=16320, is_4k=True, arr="radarr", arr_id=99))

    ultra, _, movie = seerr.get("/request")["results"]

    assert ultra["media"]["id"] == movie["media"]["id"]
    assert (ultra["media"]["externalServiceId"], ultra["media"]["externalServiceId4k"]) == (12, 99)


def test_lists_come_ten_rows_at_a_time_unless_more_are_taken(seerr: ApiCaller, desk: RequestDesk) -> None:
    desk.requests += [request(number) for number in range(100, 125)]

    first, second = seerr.get("/request"), seerr.get("/request", take=20, skip=20)

    assert ids(first) == list(range(124, 114, -1))
    assert first["pageInfo"] == {"pages": 3, "pageSize": 10, "results": 27, "page": 1}
    assert ids(second) == [104, 103, 102, 101, 100, 32, 31]
    assert second["pageInfo"]["page"] == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("all", [5, 4, 3, 2, 1]), ("pending", [1]), ("approved", [2]), ("failed", [4]), ("completed", [5])],
)
def test_filters_choose_by_status(seerr: ApiCaller, desk: RequestDesk, wanted: str, found: list[int]) -> None:
    desk.requests = [request(number, number) for number in range(1, 6)]

    assert ids(seerr.get("/request", filter=wanted)) == found


def test_the_ancestor_knows_fewer_filters_names_and_statuses(seerr: ApiCaller, desk: RequestDesk) -> None:
    desk.version = "1.34.0"
    desk.requests = [request(1, 5, media_status=7)]

    (row,) = seerr.get("/request")["results"]

    assert (row["status"], row["media"]["status"]) == (2, 1)
    assert seerr.send("GET", "/request", filter="completed").status == 400
    assert seerr.send("GET", "/request", sortDirection="asc").status == 400


def test_a_damaged_row_has_lost_its_media(seerr: ApiCaller, desk: RequestDesk) -> None:
    desk.requests.append(request(40, damaged=True))

    assert seerr.get("/request")["results"][0]["media"] is None
    assert seerr.get("/media")["pageInfo"]["results"] == 2


def test_an_arr_that_cannot_be_asked_is_told_beside_the_rows(seerr: ApiCaller, desk: RequestDesk) -> None:
    desk.unreachable = frozenset({"radarr"})

    payload = seerr.get("/request")

    assert payload["serviceErrors"] == {"radarr": [{"id": 0, "name": "Radarr"}], "sonarr": []}
    assert "profileName" not in payload["results"][1]


def test_a_watchlist_fails_without_a_page_and_comes_twenty_at_a_time(seerr: ApiCaller, simulation: Simulation) -> None:
    plex = simulation.world.media_servers["plex"]
    for number in range(25):
        plex.titles[900 + number] = replace(plex.titles[501], native=900 + number, tmdb_id=70_000 + number)
    plex.favourites = [Favourite(KAYLEE, 900 + number) for number in range(25)]
    simulation.world.media_servers["jellyfin"].favourites = []

    second = seerr.get("/user/2/watchlist", page=2)

    assert seerr.send("GET", "/user/2/watchlist").status == 500
    assert (second["totalPages"], second["totalResults"], len(second["results"])) == (2, 25, 5)
    assert seerr.get("/user/3/watchlist", page=1)["results"] == []


def test_another_ones_watchlist_is_for_the_owner(seerr: ApiCaller) -> None:
    seerr.headers = {"x-api-user": "2"}

    assert seerr.send("GET", "/user/3/watchlist", page=1).status == 403
    assert seerr.send("GET", "/user/2/watchlist", page=1).status == 200


def test_a_request_that_is_deleted_leaves_its_media(seerr: ApiCaller, simulation: Simulation) -> None:
    assert seerr.send("DELETE", "/request/31").status == 204

    assert ids(seerr.get("/request")) == [32]
    assert seerr.get("/media")["pageInfo"]["results"] == 2
    assert seerr.send("DELETE", "/request/31").status == 404
    assert [effect.kind for effect in simulation.ledger.since()[0].effects] == ["request_deleted"]


def test_media_that_are_cleared_take_their_requests_along_and_no_file(seerr: ApiCaller, simulation: Simulation) -> None:
    number = next(row["id"] for row in seerr.get("/media")["results"] if row["mediaType"] == "movie")

    assert seerr.send("DELETE", f"/media/{number}").status == 204

    assert ids(seerr.get("/request")) == [32]
    assert seerr.send("DELETE", f"/media/{number}").status == 404
    assert 12 in simulation.world.instances["radarr"].movies


def test_the_file_call_really_deletes(seerr: ApiCaller, simulation: Simulation) -> None:
    number = next(row["id"] for row in seerr.get("/media")["results"] if row["mediaType"] == "movie")

    assert seerr.send("DELETE", f"/media/{number}/file").status == 204

    assert 12 not in simulation.world.instances["radarr"].movies
    (entry,) = simulation.ledger.since()
    assert (entry.effects[0].kind, entry.effects[0].files) == ("movie_deleted", 1)


@pytest.mark.parametrize(
    ("kind", "skip", "found", "total"),
    [
        (FaultKind.EMPTY_PAGE, 0, [], 2),
        (FaultKind.REPEATED_PAGE, 1, [32], 2),
        (FaultKind.WRONG_TOTAL, 0, [32], 9),
    ],
)
def test_pages_can_be_bent(seerr: ApiCaller, kind: FaultKind, skip: int, found: list[int], total: int) -> None:
    seerr.rule = FaultRule(kind=kind)

    payload = seerr.get("/request", take=1, skip=skip)

    assert (ids(payload), payload["pageInfo"]["results"]) == (found, total)
