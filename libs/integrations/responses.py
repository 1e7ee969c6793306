"""The checks every answer passes before its content is believed, in their order."""

from collections.abc import AsyncGenerator

import httpx

from libs.integrations.errors import ErrorClass, UpstreamConfusingError, UpstreamError
from libs.integrations.redirects import login_page
from libs.integrations.translation import Upstream, unreadable

MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_STREAM_BYTES = 512 * 1024 * 1024
CHUNK_BYTES = 256 * 1024
_SNIFF_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_LOGIN_MARKS = (
    b"authelia",
    b"authentik",
    b"cloudflareaccess",
    b"cloudflare access",
    b"organizr",
    b'type="password"',
    b"type='password'",
    b"type=password",
)


async def read_body(response: httpx.Response, upstream: Upstream, *, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """The whole body, decompressed and without byte order mark. Raises when it is larger than `max_bytes`."""
    parts = [part async for part in capped(response, upstream, max_bytes=max_bytes)]
    return b"".join(parts).removeprefix(_BOM)


async def capped(response: httpx.Response, upstream: Upstream, *, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body piece by piece; raises as soon as more than `max_bytes` have come."""
    seen = 0
    async for part in response.aiter_bytes(CHUNK_BYTES):
        seen += len(part)
        if seen > max_bytes:
            raise unreadable(upstream, f"it is larger than {max_bytes // (1024 * 1024)} MiB")
        yield part


def check_content(response: httpx.Response, start: bytes, upstream: Upstream) -> None:
    """Raise unless the answer looks like data: not empty, no web page, no other kind of file."""
    text = start.removeprefix(_BOM).lstrip()
    if not text:
        raise unreadable(upstream, "it is empty")
    check_no_page(start, upstream)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and "json" not in kind and kind != "text/plain":
        raise unreadable(upstream, "it is not JSON")


def check_no_page(start: bytes, upstream: Upstream) -> None:
    """Raise when a web page answered, and say when it asks for a login."""
    if start.removeprefix(_BOM).lstrip()[:1] == b"<":
        raise _page(start, upstream)


def check_failure(start: bytes, upstream: Upstream) -> None:
    """Raise when the body of a failure shows that somebody in front of the upstream sent it."""
    if not upstream.system.fails_in_pages or _asks_for_login(start):
        check_no_page(start, upstream)


def _asks_for_login(start: bytes) -> bool:
    text = start[:_SNIFF_BYTES].lower()
    return any(mark in text for mark in _LOGIN_MARKS)


def _page(start: bytes, upstream: Upstream) -> UpstreamError:
    if _asks_for_login(start):
        return login_page(upstream)
    message = f"A web page answered instead of data from {upstream.name}. Check the port and URL base."
    return UpstreamConfusingError(ErrorClass.HTML_PAGE, message)
