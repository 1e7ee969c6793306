"""Changes at an upstream: built from typed targets only, sent once, and never taken for done without a clear answer."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.enums import IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget, InvalidTargetError
from libs.integrations.capabilities import Deleter, MediaSource, capability
from libs.integrations.errors import (
    ErrorClass,
    MissingCapabilityError,
    OutcomeUnknownError,
    UpstreamBusyError,
    UpstreamDeniedError,
    UpstreamError,
    UpstreamGoneError,
    UpstreamRefusedError,
    UpstreamUnreachableError,
)
from libs.integrations.models import ItemState
from libs.integrations.registry import (
    IntegrationConfig,
    Network,
    open_client,
)
from tests.unit.integrations.wire import HOST, PREFIXES, Answer, Wire, arr_wire, client_of, fails, says

MOVIE = DeletionTarget(1, MediaType.MOVIE, 12)
PATH = "/api/v3/movie/12"
PLAN = ItemState(MOVIE, "Serenity", "/movies/Serenity", 1, True, (31,), "31", None)  # noqa: FBT003  a row of values
BAD_IDS: list[Any] = [
    "",
    "0",
    0,
    -1,
    "-1",
    None,
    "all",
    "../",
    "..%2F",
    "7-s",
    "7-s-1",
    "7-s0",
    "7,8",
    " 7",
    "7 ",
    "07",
]
BAD_IDS += ["7-s1-s2", "\u0667", "7\n", 7.0, True, [], "7/8", "7?x=1", "7-S1", "1e3"]


async def delete(wire: Wire) -> None:
    await capability(client_of(wire, IntegrationType.RADARR), Deleter).delete(
        MOVIE, planned=PLAN, add_import_exclusion=True
    )


def answering(answer: Answer) -> Wire:
    wire = arr_wire(IntegrationType.RADARR)
    wire.on(f"DELETE {PATH}", answer)
    return wire


async def try_everything(wire: Wire, kind: IntegrationType, target: Any) -> None:
    client = capability(client_of(wire, kind), Deleter)
    with pytest.raises(InvalidTargetError):
        await client.item_state(target)
    with pytest.raises(InvalidTargetError):
        await client.unmonitor(target)
    with pytest.raises(InvalidTargetError):
        await client.delete(target, planned=PLAN, add_import_exclusion=True)


@pytest.mark.parametrize("bad", BAD_IDS, ids=repr)
@pytest.mark.parametrize("kind", PREFIXES)
async def test_S02_a_bad_id_makes_no_target_and_no_call(kind: IntegrationType, bad: Any) -> None:
    wire = arr_wire(kind)
    for media_type in MediaType:
        with pytest.raises(InvalidTargetError):
            DeletionTarget.parse(1, media_type, bad)
    await try_everything(wire, kind, bad)

    assert wire.sent == []


@given(st.text(max_size=8) | st.integers() | st.none() | st.floats() | st.lists(st.integers(), max_size=2))
async def test_S01_nothing_but_a_target_is_accepted(anything: Any) -> None:
    wire = arr_wire(IntegrationType.SONARR)
    await try_everything(wire, IntegrationType.SONARR, anything)

    assert wire.sent == []


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (IntegrationType.RADARR, DeletionTarget(2, MediaType.MOVIE, 12)),
        (IntegrationType.RADARR, DeletionTarget(1, MediaType.SHOW, 12)),
        (IntegrationType.RADARR, DeletionTarget(1, MediaType.SEASON, 12, 1)),
        (IntegrationType.SONARR, DeletionTarget(1, MediaType.MOVIE, 12)),
        (IntegrationType.SONARR, DeletionTarget(1, MediaType.ARTIST, 12)),
        (IntegrationType.SONARR, DeletionTarget(2, MediaType.SHOW, 12)),
        (IntegrationType.LIDARR, DeletionTarget(2, MediaType.ARTIST, 12)),
        (IntegrationType.LIDARR, DeletionTarget(1, MediaType.BOOK, 12)),
        (IntegrationType.READARR, DeletionTarget(2, MediaType.BOOK, 12)),
        (IntegrationType.READARR, DeletionTarget(1, MediaType.ARTIST, 12)),
    ],
)
async def test_S01_a_target_of_another_installation_or_kind_makes_no_call(
    kind: IntegrationType, target: DeletionTarget
) -> None:
    wire = arr_wire(kind)
    await try_everything(wire, kind, target)

    assert wire.sent == []


@pytest.mark.parametrize(
    "target",
    [DeletionTarget(1, MediaType.SHOW, 7), DeletionTarget(1, MediaType.SEASON, 7, 2)],
    ids=["the whole show", "another season"],
)
async def test_S03_a_plan_for_one_season_deletes_nothing_else(target: DeletionTarget) -> None:
    wire = arr_wire(IntegrationType.SONARR)
    season = DeletionTarget(1, MediaType.SEASON, 7, 1)
    plan = ItemState(season, "Firefly - Season 1", "/tv/Firefly", 1, True, (11,), "11", None)  # noqa: FBT003  a row of values
    client = capability(client_of(wire, IntegrationType.SONARR), Deleter)

    with pytest.raises(InvalidTargetError):
        await client.delete(target, planned=plan, add_import_exclusion=True)

    assert wire.sent == []


@pytest.mark.parametrize("answer", [says({}), says(None), lambda _request: httpx.Response(204)], ids=["{}", "", "204"])
async def test_an_accepted_delete_returns(answer: Answer) -> None:
    wire = answering(answer)

    await delete(wire)

    assert wire.calls == [f"DELETE {PATH}"]


def page(status: int) -> Answer:
    return lambda _request: httpx.Response(status, html="<html>Who are you?</html>")


def moved(location: str, status: int) -> Answer:
    return lambda _request: httpx.Response(status, headers={"Location": location})


UNCLEAR: dict[str, Answer] = {
    "read timeout": fails(httpx.ReadTimeout("slow")),
    "write timeout": fails(httpx.WriteTimeout("slow")),
    "cut off": fails(httpx.ReadError("reset")),
    "no answer": fails(httpx.RemoteProtocolError("Server disconnected without sending a response.")),
    "500": says({"message": "database is locked"}, 500),
    "502": says({}, 502),
    "503": says({}, 503),
    "504": says({}, 504),
    "408": says({}, 408),
    "304": says({}, 304),
    "page with 200": page(200),
    "page with 404": page(404),
    "redirect to another host": moved(f"http://evil.test{PATH}", 307),
    "redirect to a login": moved("/login", 302),
    "see other": moved("/movies", 303),
    "redirect to another item": moved("/api/v3/movie/13?deleteFiles=true&addImportExclusion=true", 308),
    "redirect to the list": moved("/api/v3/movie?deleteFiles=true&addImportExclusion=true", 308),
    "redirect without the flags": moved(f"/radarr{PATH}", 307),
    "redirect to another scheme": moved(f"ftp://{HOST}{PATH}", 307),
}


@pytest.mark.parametrize("case", UNCLEAR)
async def test_S21_a_delete_without_a_clear_answer_has_an_unknown_outcome_and_is_sent_once(case: str) -> None:
    wire = answering(UNCLEAR[case])

    with pytest.raises(OutcomeUnknownError) as caught:
        await delete(wire)

    assert wire.calls == [f"DELETE {PATH}"]
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("answer", "kind", "error_class"),
    [
        (says({}, 401), UpstreamDeniedError, ErrorClass.AUTH),
        (says({}, 403), UpstreamDeniedError, ErrorClass.FORBIDDEN),
        (says({"message": "NotFound"}, 404), UpstreamGoneError, ErrorClass.GONE),
        (says({"message": "root folder missing"}, 409), UpstreamRefusedError, ErrorClass.ROOT_FOLDER_MISSING),
        (says([{"propertyName": "x"}], 400), UpstreamRefusedError, ErrorClass.REJECTED),
        (says({}, 429), UpstreamBusyError, ErrorClass.RATE_LIMITED),
        (fails(httpx.ConnectError("refused")), UpstreamUnreachableError, ErrorClass.REFUSED),
        (fails(httpx.ConnectTimeout("slow")), UpstreamUnreachableError, ErrorClass.TIMEOUT),
        (fails(httpx.PoolTimeout("busy")), UpstreamUnreachableError, ErrorClass.TIMEOUT),
    ],
)
async def test_a_delete_that_was_declined_or_never_sent_is_known_not_to_have_happened(
    answer: Answer, kind: type[UpstreamError], error_class: ErrorClass
) -> None:
    wire = answering(answer)

    with pytest.raises(UpstreamError) as caught:
        await delete(wire)

    assert type(caught.value) is kind
    assert caught.value.error_class is error_class
    assert len(wire.changes) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_to_the_same_call_below_the_url_base_repeats_it_unchanged(status: int) -> None:
    wire = arr_wire(IntegrationType.RADARR)
    wire.on(f"DELETE {PATH}", lambda request: moved(f"/radarr{request.url.raw_path.decode()}", status)(request))
    wire.on(f"DELETE /radarr{PATH}", says({}))

    await delete(wire)

    first, second = wire.changes
    assert (second.method, second.url.query) == ("DELETE", first.url.query)
    assert second.headers["X-Api-Key"] == first.headers["X-Api-Key"]


async def test_a_redirected_change_keeps_its_body() -> None:
    wire = arr_wire(IntegrationType.RADARR)
    wire.on("PUT /api/v3/movie/editor", moved("/radarr/api/v3/movie/editor", 307))
    wire.on("PUT /radarr/api/v3/movie/editor", says([], 202))
    wire.on(f"GET {PATH}", says({"id": 12, "monitored": False}))

    await capability(client_of(wire, IntegrationType.RADARR), Deleter).unmonitor(MOVIE)

    assert [request.content for request in wire.changes] == [b'{"movieIds":[12],"monitored":false}'] * 2


async def test_an_upgrade_to_https_on_the_same_host_is_followed_and_back_down_is_not() -> None:
    wire = arr_wire(IntegrationType.RADARR)
    https = f"https://{HOST}{PATH}?deleteFiles=true&addImportExclusion=true"
    wire.on(f"DELETE {PATH}", moved(https, 308), says({}))
    await delete(wire)
    assert [request.url.scheme for request in wire.changes] == ["http", "https"]

    wire.on(f"DELETE {PATH}", moved(https, 308), moved(https.replace("https", "http"), 308))
    with pytest.raises(OutcomeUnknownError):
        await delete(wire)


def test_asking_for_a_capability_that_is_missing_is_an_error() -> None:
    class Mute:
        async def aclose(self) -> None:
            """Nothing to close."""

    with pytest.raises(MissingCapabilityError, match="Mute has no MediaSource"):
        capability(Mute(), MediaSource)


@pytest.mark.parametrize("kind", IntegrationType)
async def test_every_type_has_a_client(kind: IntegrationType) -> None:
    known = client_of(Wire(), IntegrationType.SONARR)._config
    config = IntegrationConfig(1, kind, "Upstairs", "http://nas", known.api_key)

    await open_client(config, Network()).aclose()


async def test_a_client_for_the_real_network_can_be_opened_and_closed() -> None:
    client = open_client(client_of(Wire(), IntegrationType.SONARR)._config, Network(allow_loopback=False))

    await client.aclose()
