import inspect
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from libs.common.domain.enums import IntegrationType
from libs.integrations import errors
from libs.integrations.errors import (
    ErrorClass,
    OutcomeUnknownError,
    UpstreamBusyError,
    UpstreamConfusingError,
    UpstreamError,
    UpstreamGoneError,
    UpstreamRefusedError,
    UpstreamUnreachableError,
)
from libs.integrations.retries import ONCE, READ
from libs.integrations.systems import SYSTEMS
from libs.integrations.translation import (
    TRANSLATED,
    Upstream,
    from_declined_change,
    from_exception,
    from_status,
    retry_after_s,
)

SONARR = Upstream("Upstairs", SYSTEMS[IntegrationType.SONARR], "http://nas.test:8989/sonarr")
LIBRARY_ERRORS = [
    found for name in httpx.__all__ if inspect.isclass(found := getattr(httpx, name)) and issubclass(found, Exception)
]


def raised(kind: type[Exception]) -> Exception:
    request = httpx.Request("GET", "http://nas.test:8989/api?apikey=hush")
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("500", request=request, response=httpx.Response(500, request=request))
    if issubclass(kind, httpx.RequestError):
        return kind("it broke at http://nas.test/api?apikey=hush", request=request)
    return kind("it broke") if list(inspect.signature(kind.__init__).parameters)[1:] else kind()


@pytest.mark.parametrize("kind", LIBRARY_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_the_library_is_translated_and_tells_no_secret(kind: type[Exception]) -> None:
    assert issubclass(kind, TRANSLATED)

    error = from_exception(raised(kind), SONARR)

    assert isinstance(error, UpstreamError)
    assert str(error)
    assert "hush" not in str(error)


def test_the_library_has_errors_to_walk() -> None:
    assert len(LIBRARY_ERRORS) > 20


def test_every_error_of_the_door_has_its_base() -> None:
    ours = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, Exception)]

    assert len(ours) > 8
    assert all(issubclass(kind, UpstreamError) for kind in ours)


@pytest.mark.parametrize(
    ("kind", "error_class", "words"),
    [
        (httpx.ConnectError, ErrorClass.REFUSED, "Nothing is listening on nas.test:8989"),
        (httpx.ConnectTimeout, ErrorClass.TIMEOUT, "nas.test did not answer"),
        (httpx.ReadTimeout, ErrorClass.TIMEOUT, "nas.test did not answer"),
        (httpx.ReadError, ErrorClass.REFUSED, "broke the connection off"),
        (httpx.DecodingError, ErrorClass.BAD_RESPONSE, "cannot be read"),
        (httpx.UnsupportedProtocol, ErrorClass.BAD_ADDRESS, "address of Upstairs"),
    ],
)
def test_what_broke_is_said_in_words(kind: type[Exception], error_class: ErrorClass, words: str) -> None:
    error = from_exception(raised(kind), SONARR)

    assert error.error_class is error_class
    assert words in str(error)


def test_nothing_listening_on_localhost_explains_containers() -> None:
    local = Upstream("Upstairs", SONARR.system, "http://localhost:8989")

    assert "inside a container" in str(from_exception(raised(httpx.ConnectError), local)).lower()


def test_plain_http_to_a_tls_port_suggests_https() -> None:
    error = from_exception(httpx.RemoteProtocolError("illegal status line: bytearray(b'\\x15\\x03')"), SONARR)

    assert error.error_class is ErrorClass.TLS
    assert "https://" in str(error)


@pytest.mark.parametrize(
    ("status", "error_class", "counts", "retryable"),
    [
        (401, ErrorClass.AUTH, True, False),
        (403, ErrorClass.FORBIDDEN, True, False),
        (404, ErrorClass.NOT_FOUND, True, False),
        (418, ErrorClass.BAD_RESPONSE, True, True),
        (429, ErrorClass.RATE_LIMITED, False, True),
        (500, ErrorClass.SERVER_ERROR, True, True),
        (502, ErrorClass.SERVER_ERROR, True, True),
        (503, ErrorClass.SERVER_ERROR, True, True),
    ],
)
def test_a_status_has_its_class(status: int, error_class: ErrorClass, counts: bool, retryable: bool) -> None:
    error = from_status(httpx.Response(status), SONARR)

    assert (error.error_class, error.counts_as_down, error.retryable) == (error_class, counts, retryable)
    assert error.status == status


def test_a_wrong_key_tells_where_the_right_one_is() -> None:
    error = from_status(httpx.Response(401), SONARR)

    assert str(error) == "Upstairs rejected the API key. Copy it again from Settings → General → Security → API Key."


def test_unavailable_with_a_time_to_come_back_is_a_start() -> None:
    error = from_status(httpx.Response(503, headers={"Retry-After": "20"}), SONARR)

    assert error.error_class is ErrorClass.STARTING
    assert not error.counts_as_down


@pytest.mark.parametrize("kind", [IntegrationType.JELLYSTAT, IntegrationType.SEERR])
def test_some_systems_say_forbidden_for_a_wrong_key(kind: IntegrationType) -> None:
    upstream = Upstream("Upstairs", SYSTEMS[kind], "http://nas.test")

    assert from_status(httpx.Response(403), upstream).error_class is ErrorClass.AUTH


def test_every_system_is_described() -> None:
    assert set(SYSTEMS) == set(IntegrationType)


@pytest.mark.parametrize(
    ("status", "kind", "error_class"),
    [
        (404, UpstreamGoneError, ErrorClass.GONE),
        (409, UpstreamRefusedError, ErrorClass.ROOT_FOLDER_MISSING),
        (400, UpstreamRefusedError, ErrorClass.REJECTED),
        (429, UpstreamBusyError, ErrorClass.RATE_LIMITED),
    ],
)
def test_a_declined_change_says_what_to_do(status: int, kind: type[UpstreamError], error_class: ErrorClass) -> None:
    error = from_declined_change(httpx.Response(status), SONARR)

    assert type(error) is kind
    assert error.error_class is error_class


@pytest.mark.parametrize("error_class", list(ErrorClass), ids=str)
def test_an_unknown_outcome_is_never_retryable(error_class: ErrorClass) -> None:
    assert not OutcomeUnknownError(error_class, "?").retryable


SENT = "Mon, 05 Jan 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "3600"}, 60),
        ({"Retry-After": "Mon, 05 Jan 2026 08:00:30 GMT", "Date": SENT}, 30),
        ({"Retry-After": "Mon, 05 Jan 2026 09:00:00 GMT", "Date": SENT}, 60),
        ({"Retry-After": "Mon, 05 Jan 2026 07:00:00 GMT", "Date": SENT}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({}, None),
    ],
)
def test_the_pause_an_upstream_asks_for_is_honoured_up_to_a_minute(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(httpx.Response(429, headers=headers)) == seconds


def test_a_date_without_the_servers_clock_is_read_by_ours() -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)

    asked = retry_after_s(httpx.Response(429, headers={"Retry-After": soon.strftime("%a, %d %b %Y %H:%M:%S GMT")}))

    assert asked == 60


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (UpstreamBusyError("", retry_after_s=7), 7),
        (UpstreamBusyError("", retry_after_s=None), True),
        (UpstreamUnreachableError(ErrorClass.TIMEOUT, ""), True),
        (UpstreamUnreachableError(ErrorClass.REFUSED, ""), True),
        (UpstreamUnreachableError(ErrorClass.DNS, ""), False),
        (UpstreamUnreachableError(ErrorClass.SERVER_ERROR, "", status=500), False),
        (UpstreamUnreachableError(ErrorClass.SERVER_ERROR, "", status=502), True),
        (UpstreamUnreachableError(ErrorClass.STARTING, "", status=503), True),
        (UpstreamConfusingError(ErrorClass.BAD_JSON, ""), False),
        (ValueError("a mistake of ours"), False),
    ],
)
def test_only_what_may_pass_in_a_moment_is_read_again(error: Exception, pause: bool | float) -> None:
    assert READ.pause_before_next(error) == pause


def test_a_connection_test_waits_for_no_pause() -> None:
    assert ONCE.pause_before_next(UpstreamBusyError("", retry_after_s=7)) is False
