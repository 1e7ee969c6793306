"""Small pictures, so that addresses of posters and covers lead somewhere."""

import struct
import zlib

_WIDTH, _HEIGHT = 100, 150


def picture(number: int) -> bytes:
    """A PNG in the number's own colour."""
    colour = bytes(((number * 73) % 200 + 28, (number * 151) % 200 + 28, (number * 199) % 200 + 28))
    line = b"\0" + colour * _WIDTH
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    pixels = zlib.compress(line * _HEIGHT)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
