"""The rendered list: one text in two encodings, whatever it is cut into."""

import gzip
import json
from typing import Any

import pytest
import zstandard

from libs.common.preview import parts
from services.engine.preview import render
from services.engine.preview.binding import Rendering
from services.engine.preview.sheet import Part
from tests.unit.engine.catalogue_rows import item
from tests.unit.engine.test_explanations import NOTHING_AROUND, evaluated


def rendered(count: int) -> Rendering:
    return render.render(evaluated(*(item(number) for number in range(1, count + 1))), NOTHING_AROUND)


def text_of(rendering: Rendering) -> bytes:
    """The list as it comes out of zstd."""
    return zstandard.ZstdDecompressor().decompressobj().decompress(_frame(rendering))


def _frame(rendering: Rendering) -> bytes:
    return b"".join(rendering.zstd)


@pytest.mark.parametrize("count", [0, 1, 6, 7, 20])
def test_both_encodings_hold_one_list_wherever_it_is_cut(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = rendered(count)
    monkeypatch.setattr(parts, "ITEMS_PER_PART", 3)
    monkeypatch.setattr(render, "PIECE", 6)

    cut = rendered(count)

    text = text_of(cut)
    assert text == gzip.decompress(b"".join(cut.gzip)) == text_of(at_once)
    assert (cut.digest, cut.size_bytes) == (at_once.digest, len(text))
    assert len(json.loads(text)) == count
    assert len(cut.gzip) == 2 + -(-count // 3)


def test_zstd_is_one_frame_because_some_clients_read_no_more() -> None:
    frame = _frame(rendered(300))

    reading = zstandard.ZstdDecompressor().decompressobj()
    reading.decompress(frame)

    assert reading.eof
    assert not reading.unused_data


def test_each_part_can_be_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "ITEMS_PER_PART", 3)
    monkeypatch.setattr(render, "PIECE", 6)
    rendering = rendered(7)
    whole: list[dict[str, Any]] = json.loads(text_of(rendering))

    alone = [[json.loads(one) for one in parts.items_of(part)] for part in rendering.gzip[1:-1]]

    assert alone == [whole[:3], whole[3:6], whole[6:]]


def test_pieces_keep_their_order_however_long_each_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "PIECE", 6)

    made = render._side_by_side(lambda begin, end: [Part(b"", bytes([begin, end]))], 50)

    assert [part.packed for piece in made for part in piece] == [bytes([at, min(at + 6, 50)]) for at in range(0, 50, 6)]


def test_same_evaluation_gives_the_same_bytes() -> None:
    assert rendered(50) == rendered(50)
