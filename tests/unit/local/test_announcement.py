"""The ready block: one line for scripts, a few for people."""

import json
import shlex
from pathlib import Path

from libs.local.announcement import announcement
from libs.local.options import Options

OPTIONS = Options(port=2187, data_dir=Path("/somewhere"))


def test_first_line_is_the_ready_line_and_the_only_one() -> None:
    lines = list(announcement(OPTIONS, has_owner=True))

    assert lines[0] == "ready: http://127.0.0.1:2187"
    assert not [line for line in lines[1:] if "ready:" in line]


def test_without_an_owner_the_first_login_is_shown_as_a_command_that_works() -> None:
    lines = list(announcement(OPTIONS, has_owner=False))
    command = shlex.split(next(line for line in lines if "curl" in line).split(maxsplit=1)[1])

    assert "first login creates the owner" in "\n".join(lines)
    assert command[:5] == ["curl", "-s", "-X", "POST", "http://127.0.0.1:2187/api/v1/auth/login"]
    assert set(json.loads(command[-1])) == {"username", "password"}


def test_with_an_owner_nobody_is_told_to_log_in_first() -> None:
    assert "auth/login" not in "\n".join(announcement(OPTIONS, has_owner=True))


def test_demonstration_says_where_its_ledger_is() -> None:
    lines = announcement(OPTIONS, has_owner=True, simulator_url="http://127.0.0.1:9000")

    assert "http://127.0.0.1:9000/_sim/ledger" in "\n".join(lines)
