"""Each of our own checks finds what it is for, and lets the right form pass."""

from pathlib import Path

import pytest

from scripts.checks.house_rules import check, migrations_in_a_row

ROOM = Path("services/sync/fetch.py")

BROKEN = [
    pytest.param("clock", "from datetime import datetime\nstarted = datetime.now()\n", id="machine time"),
    pytest.param("client", "import httpx\nclient = httpx.AsyncClient()\n", id="own client"),
    pytest.param("ack-policy", "@router.subscriber('a', stream=S)\ndef f() -> None: ...\n", id="default ack policy"),
    pytest.param("publish-stream", "async def f() -> None:\n    await broker.publish(1, 'a')\n", id="lost publish"),
    pytest.param("swallow", "try:\n    f()\nexcept ValueError:\n    pass\n", id="swallowed error"),
    pytest.param(
        "kept-answer",
        "from services.api.change import Changing\nrouter = APIRouter(prefix='/a')\n",
        id="answer nobody keeps",
    ),
]


@pytest.mark.parametrize(("rule", "text"), BROKEN)
def test_broken_rule_is_found(rule: str, text: str) -> None:
    found = check(ROOM, f'"""A module."""\n{text}')

    assert [finding.rule for finding in found] == [rule]


@pytest.mark.parametrize(("rule", "text"), BROKEN)
def test_allowance_with_a_reason_silences_its_own_rule_only(rule: str, text: str) -> None:
    allowed = "\n".join(f"{line}  # house: {rule} because" for line in text.splitlines())
    other = "\n".join(f"{line}  # house: other because" for line in text.splitlines())

    assert check(ROOM, f'"""A module."""\n{allowed}\n') == []
    assert len(check(ROOM, f'"""A module."""\n{other}\n')) == 1


def test_right_forms_pass() -> None:
    text = (
        '"""A module."""\n'
        "from services.api.change import Changing\n"
        "router = APIRouter(prefix='/a', route_class=ChangingRoute)\n"
        "@router.subscriber('a', stream=S, ack_policy=A)\n"
        "async def f() -> None:\n"
        "    await broker.publish(1, 'a', stream=S)\n"
    )

    assert check(ROOM, text) == []


def test_module_without_a_sentence_is_found() -> None:
    assert [finding.rule for finding in check(ROOM, "x = 1\n")] == ["module-doc"]


@pytest.mark.parametrize("names", [["0001_a.py", "0002_b.py", "0002_c.py"], ["0001_a.py", "0003_c.py"]], ids=str)
def test_migration_out_of_the_row_is_found(names: list[str]) -> None:
    assert [finding.path.name for finding in migrations_in_a_row(names)] == [names[-1]]


def test_migrations_in_a_row_pass() -> None:
    assert list(migrations_in_a_row(["0002_b.py", "0001_a.py"])) == []


def test_empty_package_needs_no_sentence() -> None:
    assert check(Path("libs/__init__.py"), "") == []


@pytest.mark.parametrize("name", ["utils", "helpers", "manager", "misc"])
def test_file_name_that_says_nothing_is_found(name: str) -> None:
    found = check(Path(f"libs/common/{name}.py"), '"""A module."""\n')

    assert [finding.rule for finding in found] == ["file-name"]
