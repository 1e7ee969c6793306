"""Local covers: a small picture per item, so that addresses in library rows lead somewhere."""

import struct
import zlib

from libs.simulator.arr.server import ArrServer
from libs.simulator.calls import Answer, Call, not_found

_WIDTH, _HEIGHT = 100, 150


def cover(here: ArrServer, call: Call) -> Answer:
    """`GET /MediaCover/{id}/…`: the item's own colour."""
    number = call.params["id"]
    if number not in here.instance.movies and number not in here.instance.shows:
        raise not_found()
    return Answer(body=_png(number), content_type="image/png")


def _png(seed: int) -> bytes:
    colour = bytes(((seed * 73) % 200 + 28, (seed * 151) % 200 + 28, (seed * 199) % 200 + 28))
    line = b"\0" + colour * _WIDTH
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    pixels = zlib.compress(line * _HEIGHT)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
