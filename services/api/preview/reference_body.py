"""The preview in the reference's shape (X2), made from the prepared body piece by piece, never as a whole.

Its scores end at 1, because the prepared body shows no more than 100.
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

from libs.common.domain.numbers import tidy_number
from libs.common.events.base import compact_json

_PER_PIECE = 200
_BETWEEN = " \t\r\n,["


def reference_body(body: Iterable[bytes], disk_context: dict[str, Any] | None) -> Iterator[bytes]:
    """The object `{items, diskContext}` in pieces. `body` is the prepared array as plain text, in pieces too."""
    yield b'{"items":['
    piece: list[str] = []
    first = True
    for member in _objects(body):
        piece.append(compact_json(_as_reference(member)))
        if len(piece) == _PER_PIECE:
            yield _joined(piece, first=first)
            piece, first = [], False
    if piece:
        yield _joined(piece, first=first)
    yield f'],"diskContext":{compact_json(disk_context)}}}'.encode()


def _joined(piece: list[str], *, first: bool) -> bytes:
    return (("" if first else ",") + ",".join(piece)).encode()


def _objects(body: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The members of a JSON array of objects, decoded one after the other."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    scan = json.JSONDecoder().raw_decode
    text = ""
    for piece in body:
        text += decode(piece)
        position = _skip(text, 0)
        while position < len(text) and text[position] == "{":
            try:
                member, end = scan(text, position)
            except json.JSONDecodeError:  # the object goes on in the next piece
                break
            yield member
            position = _skip(text, end)
        text = text[position:]


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BETWEEN:
        position += 1
    return position


def _as_reference(member: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "item": member["item"],
        "score": tidy_number(round(member["score"] / 100, 6)),
        "isProtected": member["isProtected"],
        "reason": member["reason"],
        "factors": member["scoreFactors"],
    }
    return shown | {name: member[name] for name in ("queueStatus", "approvalQueueId") if name in member}
