"""Bodies as senders send them: JSON under several names, or JSON in a field of a form."""

from collections.abc import AsyncGenerator, Iterator
from typing import Final
from urllib.parse import parse_qs

from pydantic_core import from_json
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from services.api.webhooks.fields import Payload

MAX_PAYLOAD_BYTES: Final = 1024 * 1024
_FIELDS = ("payload", "data")
"""Where Plex and old Embys put the JSON."""

_MOST_PARTS = 20
_BOM = b"\xef\xbb\xbf"


class UnreadablePayloadError(ValueError):
    """A body that no sender of ours sends. The text says what is wrong with its form and repeats nothing of it."""


async def payload_of(content_type: str, body: bytes) -> Payload:
    """The object in a body. Raises `UnreadablePayloadError`."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _object(await _in_parts(content_type, body))
    if kind == "application/x-www-form-urlencoded" and not body.lstrip().startswith(b"{"):
        return _object(_in_form(body))
    return _object(body)  # also JSON that calls itself text, or a form


def _object(raw: bytes | str) -> Payload:
    text = raw.removeprefix(_BOM) if isinstance(raw, bytes) else raw
    try:
        found = from_json(text)
    except ValueError:
        raise UnreadablePayloadError("the body is not valid JSON") from None
    if not isinstance(found, dict):
        raise UnreadablePayloadError("the body must be a JSON object")
    return found


async def _in_parts(content_type: str, body: bytes) -> str:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    headers = Headers({"content-type": content_type})
    parser = MultiPartParser(headers, whole(), max_files=_MOST_PARTS, max_fields=_MOST_PARTS)
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError):
        raise UnreadablePayloadError("the body is not valid multipart") from None
    try:
        return _first(field for name in _FIELDS if isinstance(field := form.get(name), str))
    finally:
        await form.close()  # with the thumbnail, which nobody wants


def _in_form(body: bytes) -> str:
    try:
        form = parse_qs(body.decode(), max_num_fields=_MOST_PARTS)
    except ValueError:
        raise UnreadablePayloadError("the body is not a valid form") from None
    return _first(field for name in _FIELDS for field in form.get(name, []))


def _first(fields: Iterator[str]) -> str:
    found = next(fields, None)
    if found is None:
        raise UnreadablePayloadError(f"the form has none of the fields {', '.join(_FIELDS)}")
    return found
