"""Encodings, entity tags and the reference's shape of the preview."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.preview.disk_context import Disk, neediest
from services.api.preview.encodings import already_has, choose
from services.api.preview.reference_body import reference_body

ALL = {"zstd", "gzip", "identity"}


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0", "gzip"),
        ("*", "zstd"),
        ("br", "identity"),
        ("GZIP", "gzip"),
        ("gzip;q=nonsense", "identity"),
        ("identity;q=0, gzip", "gzip"),
    ],
)
def test_best_encoding_the_client_takes(header: str | None, chosen: str) -> None:
    assert choose(header, ALL) == chosen


def test_only_what_was_prepared_is_chosen() -> None:
    assert choose("zstd, gzip", {"identity", "gzip"}) == "gzip"


def test_entity_tags_compare_weakly() -> None:
    assert already_has('"a", W/"b"', '"b"')
    assert already_has("*", '"b"')
    assert not already_has('"a"', '"b"')
    assert not already_has(None, '"b"')


@given(st.lists(st.text(), max_size=30), st.integers(1, 40))
def test_reference_shape_survives_any_cut(titles: list[str], window: int) -> None:
    items = [
        {"item": {"title": title}, "score": 50, "isProtected": False, "reason": title, "scoreFactors": []}
        for title in titles
    ]
    body = json.dumps(items, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if "\\ud" in json.dumps(items):
        return
    pieces = [body[begin : begin + window] for begin in range(0, len(body), window)]

    shown = json.loads(b"".join(reference_body(pieces, None)))

    assert [entry["reason"] for entry in shown["items"]] == titles
    assert shown["diskContext"] is None


def test_neediest_group() -> None:
    below = Disk(1000, 840, 75, 85)
    over = Disk(1000, 900, 75, 85)

    assert (below.bytes_to_free, over.bytes_to_free, Disk(1000, 850, 75, 85).bytes_to_free) == (0, 150, 100)
    assert Disk(1000, 570, 56, 57).bytes_to_free == 10  # 57 % of it, whatever floating numbers say
    assert neediest([below, over]) == over
    assert neediest([Disk(0, 0, 75, 85)]) is None
    assert neediest([Disk(1000, 10, 75, 85), below]) == below
