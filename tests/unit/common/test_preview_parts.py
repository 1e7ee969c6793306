"""Parts of the rendered list: put together a gzip file, and each readable alone."""

import gzip
import json
import tracemalloc
import zlib

from hypothesis import given
from hypothesis import strategies as st

from libs.common.preview import parts


def file_of(items: list[str]) -> list[bytes]:
    """All parts of a list."""
    texts = list(parts.text_parts([item.encode() for item in items], is_first=True))
    text = b"[" + b"".join(texts) + b"]"
    return [parts.pack_head(), *map(parts.pack, texts), parts.pack_tail(zlib.crc32(text), len(text))]


@given(st.lists(st.dictionaries(st.text(), st.text(), max_size=3), max_size=250))
def test_parts_are_a_file_and_each_is_its_items(values: list[dict[str, str]]) -> None:
    items = [json.dumps(value, ensure_ascii=False) for value in values]

    file = file_of(items)

    assert json.loads(gzip.decompress(b"".join(file))) == values
    assert b"".join(parts.whole_text(file)) == gzip.decompress(b"".join(file))
    found = [item.decode() for part in file[1:-1] for item in parts.items_of(part)]
    assert found == items


def test_first_part_of_a_later_piece_is_told_from_the_first_of_the_list() -> None:
    begin, further = (list(parts.text_parts([b"1", b"2"], is_first=is_first)) for is_first in (True, False))

    assert begin == [b"1,\n2"]
    assert further == [b",\n1,\n2"]


def test_text_of_a_large_list_comes_in_bounded_pieces() -> None:
    file = [b"".join(file_of(['"' + "x" * 100_000 + '"'] * 500))]
    tracemalloc.start()

    longest = max(map(len, parts.whole_text(file)))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert longest <= 256 * 1024
    assert peak < 2_000_000 < 500 * 100_000
