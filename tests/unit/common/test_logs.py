"""Log lines are structured, carry their correlation id, and hold no credential, whoever writes them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from libs.common.domain.enums import LogLevel
from libs.common.observability import logs
from libs.common.observability.correlation import bind_correlation

KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


class Lines(io.StringIO):
    """Standard error, as a test reads it."""

    def last(self) -> dict[str, Any]:
        """The newest line."""
        line: dict[str, Any] = json.loads(self.getvalue().splitlines()[-1])
        return line


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """What was written since the start of the test; the test runner's own handlers come back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    written = Lines()
    monkeypatch.setattr("sys.stderr", written)
    logs.configure("sync", LogLevel.INFO, "json")
    yield written
    root.handlers = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_line_says_who_what_when_and_for_which_request(lines: Lines) -> None:
    with bind_correlation("request-1"):
        structlog.get_logger("t").info("source read", items=3)

    line = lines.last()
    assert (line["event"], line["level"], line["service"], line["items"]) == ("source read", "info", "sync", 3)
    assert line["correlation_id"] == "request-1"
    assert line["timestamp"].endswith("Z")


def test_library_that_uses_the_standard_logging_writes_the_same_form(lines: Lines) -> None:
    logging.getLogger("some.library").warning("failed at %s", f"http://nas/api?apikey={KEY}", extra={"attempt": 2})

    line = lines.last()
    assert (line["event"], line["attempt"]) == ("failed at http://nas/api?apikey=[hidden]", 2)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(OSError(f"http://user:{KEY}@nas refused"), id="exception"),
        pytest.param({"headers": {"X-Api-Key": KEY}}, id="headers"),
        pytest.param([f"Authorization: Bearer {KEY}"], id="list"),
        pytest.param(f'{{"apiKey": "{KEY}"}}', id="body"),
    ],
)
def test_credential_in_any_value_is_hidden(lines: Lines, value: object) -> None:
    structlog.get_logger("t").warning("upstream failed", detail=value)

    assert KEY not in lines.getvalue()
    assert lines.last()["event"] == "upstream failed"


def test_credential_in_a_traceback_is_hidden(lines: Lines) -> None:
    try:
        int(f"GET http://nas/api?apikey={KEY}")
    except ValueError:
        structlog.get_logger("t").exception("read failed")

    assert KEY not in lines.getvalue()
    assert "ValueError" in lines.last()["exception"]


def test_level_changes_while_running(lines: Lines) -> None:
    log = structlog.get_logger("t")
    log.debug("unseen")
    logs.set_level(LogLevel.DEBUG)
    log.debug("seen")
    logs.set_level(LogLevel.ERROR)
    log.warning("unseen again")

    assert [json.loads(line)["event"] for line in lines.getvalue().splitlines()] == ["seen"]


def test_every_day_lines_of_libraries_stay_out(lines: Lines) -> None:
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("faststream").info("Received")

    assert lines.getvalue() == ""


def test_console_form_is_for_eyes(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", lines)
    logs.configure("sync", LogLevel.INFO, "console")
    structlog.get_logger("t").info("source read", items=3)

    assert "source read" in lines.getvalue()
    assert not lines.getvalue().startswith("{")
