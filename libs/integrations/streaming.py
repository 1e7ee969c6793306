"""Reads a JSON array of objects of any length piece by piece, decoding whole objects and keeping only the rest."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from types import GenericAlias
from typing import TypeVar

import msgspec

from libs.integrations.loose import decoder_for

Row = TypeVar("Row")

MAX_OBJECT_BYTES = 16 * 1024 * 1024
_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


class BrokenArrayError(ValueError):
    """The text is not one complete JSON array of objects."""


class ArrayCutter:
    """Cuts the text of an array behind its objects. Holds back at most one unfinished object.

    Only where an object ends is found out here; whether the text between is valid is the decoder's to say.
    """

    def __init__(self, *, max_object_bytes: int = MAX_OBJECT_BYTES) -> None:
        self._max_object_bytes = max_object_bytes
        self._pending = b""
        self._is_open = False
        self._is_first = True

    def feed(self, piece: bytes) -> bytes | None:
        """The text of an array with the objects completed by this piece, or None. Raises `BrokenArrayError`."""
        self._pending += piece
        if not self._is_open and not self._open():
            return None
        end = _end_of_last_object(self._pending)
        if end == 0:
            if len(self._pending) > self._max_object_bytes:
                raise BrokenArrayError("one object is too large")
            return None
        objects, self._pending = self._pending[:end], self._pending[end:]
        if not self._is_first:
            objects = _without_comma(objects)
        self._is_first = False
        return b"[" + objects + b"]"

    def close(self) -> None:
        """Raise unless the array was closed and nothing followed."""
        if not self._is_open or self._pending.strip(_BLANK) != b"]":
            raise BrokenArrayError("the array is not complete")

    def _open(self) -> bool:
        text = self._pending.removeprefix(_BOM).lstrip(_BLANK)
        if not text or text == _BOM[: len(text)]:
            return False
        if text[:1] != b"[":
            raise BrokenArrayError("no array")
        self._pending = text[1:]
        self._is_open = True
        return True


def _without_comma(objects: bytes) -> bytes:
    text = objects.lstrip(_BLANK)
    if text[:1] != b",":
        raise BrokenArrayError("two objects without a comma between them")
    return text[1:]


def _end_of_last_object(text: bytes) -> int:
    """Offset behind the last brace that closes an object of the array; 0 when none does.

    Escapes are masked first (a lone backslash at the end hides the quote that may follow it), so every other piece
    between two quotes is outside of strings. All of it runs in C except the walk back over the last, open object.
    """
    masked = text.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    pieces = masked.split(b'"')
    outside = b"".join(pieces[::2])
    depth = outside.count(b"{") - outside.count(b"}")
    end = len(masked)
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        if index % 2 == 0:
            for offset in range(len(piece) - 1, -1, -1):
                if piece[offset] == _CLOSE:
                    if depth == 0:
                        return end - len(piece) + offset + 1
                    depth += 1
                elif piece[offset] == _OPEN:
                    depth -= 1
        end -= len(piece) + 1
    return 0


_OPEN, _CLOSE = b"{}"


async def rows(pieces: AsyncIterable[bytes], row_type: type[Row]) -> AsyncGenerator[list[Row], None]:
    """Lists of decoded rows, in order. Raises `BrokenArrayError` or one of `UNREADABLE`, never ends early."""
    decoder: msgspec.json.Decoder[list[Row]] = decoder_for(GenericAlias(list, (row_type,)))
    cutter = ArrayCutter()
    async for piece in pieces:
        objects = cutter.feed(piece)
        if objects is not None:
            yield decoder.decode(objects)
            await asyncio.sleep(0)  # a long list must not keep the event loop for itself
    cutter.close()
