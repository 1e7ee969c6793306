"""The scanner finds a planted secret, however it was dressed up, and says where without repeating it."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest

from tests.harness.secret_scanner import SecretScanner

SECRET = 'kE+y/with"odd characters=='
SCANNER = SecretScanner({"the key": SECRET, "another": "never written anywhere"})

DRESSES: dict[str, Callable[[str], str]] = {
    "plain": lambda secret: f"rejected {secret} at once",
    "lower case": str.lower,
    "JSON": lambda secret: json.dumps({"apiKey": secret}),
    "JSON in JSON": lambda secret: json.dumps(json.dumps({"apiKey": secret}))[1:-1],
    "path": lambda secret: f"GET /api/{quote(secret, safe='')}/x",
    "query": lambda secret: "/api?" + urlencode({"apikey": secret}),
    "form": quote_plus,
    "percent signs": lambda secret: "".join(f"%{byte:02X}" for byte in secret.encode()),
    "hex": lambda secret: "\\x" + secret.encode().hex().upper(),
    "basic auth": lambda secret: base64.b64encode(f"me:{secret}".encode()).decode(),
    "bytes": lambda secret: repr(secret.encode()),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_secret_is_found_in_every_dress_and_not_repeated(dress: str) -> None:
    found = SCANNER.leaks("log sync", f"before {DRESSES[dress](SECRET)} after")

    assert {(leak.place, leak.secret) for leak in found} == {("log sync", "the key")}
    assert SECRET not in repr(found)


@pytest.mark.parametrize("length", range(8, 41))
@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("after", [0, 1, 2])
def test_secret_within_something_larger_is_found_in_its_base64(length: int, before: int, after: int) -> None:
    secret = "".join(chr(33 + number * 7 % 90) for number in range(length))
    scanner = SecretScanner({"it": secret})
    larger = b"\xff" * before + secret.encode() + b"\xff" * after

    assert scanner.leaks("here", base64.b64encode(larger).decode())
    assert scanner.leaks("here", base64.urlsafe_b64encode(larger).decode())


def test_text_without_a_secret_has_no_leak() -> None:
    masked = f"{'*' * 8}{SECRET[-4:]}"

    assert SCANNER.leaks("answer", f"{masked} {SECRET[:-1]} {base64.b64encode(b'else').decode()}") == []


def test_what_belongs_in_an_answer_is_passed_over_and_nothing_else() -> None:
    written = f"{SECRET} and never written anywhere"

    found = SCANNER.leaks("answer", written, allowed={"the key"})

    assert [leak.secret for leak in found if leak.form == "plain"] == ["another"]


def test_files_are_searched_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "1.blk").write_bytes(b"\x00\xff" + SECRET.encode() + b"\x00")

    found = SCANNER.file_leaks(tmp_path)

    assert {(leak.place, leak.secret) for leak in found} == {("file deep/1.blk", "the key")}


def test_secret_that_would_be_found_by_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="too short to be searched for: it"):
        SecretScanner({"it": "abc"})
