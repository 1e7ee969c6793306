import json
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.integrations.loose import UNREADABLE
from libs.integrations.streaming import ArrayCutter, BrokenArrayError, rows

nasty = st.text(alphabet=st.sampled_from('"\\{}[],: aä\n\u2028😀'), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | nasty,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(nasty, inner, max_size=4),
    max_leaves=12,
)
arrays = st.lists(st.dictionaries(nasty, values, max_size=4), max_size=6)


def pieces_of(text: bytes, cuts: Iterable[int]) -> list[bytes]:
    marks = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:end] for start, end in pairwise(marks)]


def read(pieces: Iterable[bytes], cutter: ArrayCutter | None = None) -> list[Any]:
    cutter, found = cutter or ArrayCutter(), []
    for piece in pieces:
        objects = cutter.feed(piece)
        if objects is not None:
            found += msgspec.json.decode(objects)
    cutter.close()
    return found


@given(arrays, st.lists(st.integers(0, 10_000), max_size=20), st.booleans(), st.sampled_from([None, 1]))
def test_any_array_cut_anywhere_reads_as_json_reads_it(
    array: list[dict[str, Any]], cuts: list[int], ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(array, ensure_ascii=ascii_only, indent=indent).encode()

    assert read(pieces_of(text, cuts)) == json.loads(text)


@given(arrays, st.integers(1, 10_000), st.lists(st.integers(0, 10_000), max_size=5))
def test_an_array_that_ends_early_is_an_error_and_never_a_shorter_list(
    array: list[dict[str, Any]], missing: int, cuts: list[int]
) -> None:
    text = json.dumps(array).encode()
    torn = text[: -(1 + missing % len(text))]

    with pytest.raises((BrokenArrayError, *UNREADABLE)):
        read(pieces_of(torn, cuts))


@given(arrays, st.binary(min_size=1, max_size=3), st.integers(0, 10_000), st.lists(st.integers(0, 10_000), max_size=5))
def test_whatever_is_read_from_a_damaged_array_is_what_json_reads(
    array: list[dict[str, Any]], damage: bytes, at: int, cuts: list[int]
) -> None:
    text = json.dumps(array).encode()
    place = at % (len(text) + 1)
    damaged = text[:place] + damage + text[place:]
    try:
        found = read(pieces_of(damaged, cuts))
    except (BrokenArrayError, *UNREADABLE):
        return

    assert found == json.loads(damaged)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "{}",
        '{"message":"database is locked"}',
        "null",
        "[",
        "[{}",
        "[{}{}]",
        "[{},]",
        "[,{}]",
        "[{}]]",
        "[{}] []",
        "[{}],[{}]",
        "[1,2]",
        "[[{}]]",
        "[}{]",
        "<html>",
    ],
)
def test_what_is_no_array_of_objects_is_an_error(text: str) -> None:
    for pieces in ([text.encode()], [bytes([byte]) for byte in text.encode()]):
        with pytest.raises((BrokenArrayError, *UNREADABLE)):
            read(pieces)


def test_an_empty_array_is_empty() -> None:
    assert read([b" [", b" ] \n"]) == []


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read([b"\xef", b"\xbb\xbf[{}]"]) == [{}]


def test_one_endless_object_is_given_up() -> None:
    endless = [b'[{"a":"', *[b"x" * 100] * 100]

    with pytest.raises(BrokenArrayError, match="too large"):
        read(endless, ArrayCutter(max_object_bytes=1000))


class Row(msgspec.Struct):
    id: int


async def test_rows_are_handed_out_before_the_array_ends_and_little_is_held_back() -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b"["
        for number in range(1000):
            sent += 1
            yield (b"," if number else b"") + b'{"id":%d,"unused":"%s"}' % (number, b"x" * 200)
        yield b"]"

    found, ahead = [], 0
    async for batch in rows(pieces(), Row):
        found += [row.id for row in batch]
        ahead = max(ahead, sent - len(found))

    assert found == list(range(1000))
    assert ahead <= 1
