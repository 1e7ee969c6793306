"""The rendered list in parts of equally many items: put together they are one gzip file, and each can be read alone.

A part is a piece of deflate that refers to nothing before it, so a page costs its own parts and never the whole list.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence

ITEMS_PER_PART = 50
"""Text of about 100 KB: as small as it compresses well, and no page unpacks much that it does not show."""

HEAD = -1
"""Number of the part that begins the file. Items follow from 0, and what ends the file has the last number."""

SEPARATOR = b",\n"
"""Between two items. Texts in JSON hold no raw line break, so items can be told apart without reading them."""

_LEVEL = 1
_MOST_TEXT = 256 * 1024
_RAW = -zlib.MAX_WBITS
_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
_OPEN, _CLOSE = b"[", b"]"


def pack_head() -> bytes:
    """The beginning of the file, with the array's bracket."""
    return _HEADER + _deflated(_OPEN, zlib.Z_FULL_FLUSH)


def pack(text: bytes) -> bytes:
    """One part of the text, to be read alone or behind the one before."""
    return _deflated(text, zlib.Z_FULL_FLUSH)


def pack_tail(checksum: int, size_bytes: int) -> bytes:
    """The end of the file. `checksum` and `size_bytes` are of the whole text, brackets included."""
    return _deflated(_CLOSE, zlib.Z_FINISH) + struct.pack("<II", checksum, size_bytes & 0xFFFFFFFF)


def text_part(items: Iterable[bytes], *, is_first: bool) -> bytes:
    """Items as the text of one part. All but the first part of a list begin with the separator."""
    lead = b"" if is_first else SEPARATOR
    return lead + SEPARATOR.join(items)


def text_parts(items: Sequence[bytes], *, is_first: bool) -> Iterator[bytes]:
    """Items as the text of as many parts as they need. `is_first`: they begin the list."""
    for begin in range(0, len(items), ITEMS_PER_PART):
        yield text_part(items[begin : begin + ITEMS_PER_PART], is_first=is_first and begin == 0)


def unpack(part: bytes) -> bytes:
    """The text of one part of items."""
    return zlib.decompressobj(_RAW).decompress(part)


def items_of(part: bytes) -> list[bytes]:
    """The items of one part, each as JSON."""
    return unpack(part).removeprefix(SEPARATOR).split(SEPARATOR)


def whole_text(file: Iterable[bytes]) -> Iterator[bytes]:
    """The whole list as plain text, from its gzip file in pieces; what comes out at a time is bounded."""
    inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for piece in file:
        packed = piece
        while packed:
            yield inflating.decompress(packed, _MOST_TEXT)
            packed = inflating.unconsumed_tail
    yield inflating.flush()


def _deflated(text: bytes, ending: int) -> bytes:
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return packing.compress(text) + packing.flush(ending)
