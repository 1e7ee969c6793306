"""Turns whatever the HTTP library and a status code say into our own errors, with a sentence for people."""

import math
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from libs.common.clock import real_now
from libs.integrations.addresses import AddressRefusedError, NameNotResolvedError
from libs.integrations.errors import (
    ErrorClass,
    UpstreamBusyError,
    UpstreamConfusingError,
    UpstreamDeniedError,
    UpstreamError,
    UpstreamGoneError,
    UpstreamRefusedError,
    UpstreamUnreachableError,
)
from libs.integrations.systems import System

RETRY_AFTER_CAP_S = 60.0
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_OUR_FAULT = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError)
_STATUSES = {
    401: ErrorClass.AUTH,
    403: ErrorClass.FORBIDDEN,
    404: ErrorClass.NOT_FOUND,
    429: ErrorClass.RATE_LIMITED,
}
TRANSLATED = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
"""Everything the library raises about a call."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Who was asked: the name a person gave it, its system and its base URL."""

    name: str
    system: System
    base_url: str

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def host_and_port(self) -> str:
        parts = urlsplit(self.base_url)
        return f"{self.host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def from_exception(exc: Exception, upstream: Upstream) -> UpstreamError:
    """The error for a call that brought no response, or whose body broke off."""
    match exc:
        case httpx.TimeoutException():
            return timed_out(upstream, _waited_s(exc))
        case httpx.DecodingError() | httpx.StreamError() | httpx.CookieConflict() | httpx.TooManyRedirects():
            return UpstreamConfusingError(ErrorClass.BAD_RESPONSE, _unreadable(upstream))
        case httpx.HTTPStatusError():
            return from_status(exc.response, upstream)
        case _ if isinstance(exc, _OUR_FAULT):
            return UpstreamDeniedError(ErrorClass.BAD_ADDRESS, f"The address of {upstream.name} cannot be used.")
        case _:
            return _from_connection(exc, upstream)


def timed_out(upstream: Upstream, seconds: float) -> UpstreamError:
    """No answer within `seconds`."""
    return UpstreamUnreachableError(ErrorClass.TIMEOUT, f"{upstream.host} did not answer within {seconds:g} s.")


def too_many_redirects(upstream: Upstream) -> UpstreamError:
    """It sends us round and round."""
    message = f"{upstream.name} redirects again and again; check the address and the proxy in front of it."
    return UpstreamConfusingError(ErrorClass.BAD_RESPONSE, message)


def _unresolved(upstream: Upstream) -> UpstreamError:
    message = f"Cannot resolve {upstream.host}. In Docker use the container name or an IP."
    return UpstreamUnreachableError(ErrorClass.DNS, message)


def _from_connection(exc: Exception, upstream: Upstream) -> UpstreamError:
    causes = list(_causes(exc))
    if isinstance(exc, AddressRefusedError):
        message = f"{upstream.host} leads to an address that is not allowed for integrations."
        return UpstreamDeniedError(ErrorClass.ADDRESS_REFUSED, message)
    if any(isinstance(cause, NameNotResolvedError | socket.gaierror) for cause in causes):
        return _unresolved(upstream)
    broken_tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if broken_tls is not None:
        return UpstreamDeniedError(ErrorClass.TLS, _tls_message(broken_tls, upstream))
    if isinstance(exc, httpx.RemoteProtocolError) and "illegal" in str(exc).lower():
        # What a TLS port answers to plain HTTP is no HTTP at all.
        message = f"{upstream.host_and_port} does not speak plain HTTP; try https:// in the address."
        return UpstreamDeniedError(ErrorClass.TLS, message)
    if isinstance(exc, httpx.ConnectError | httpx.ProxyError):
        return UpstreamUnreachableError(ErrorClass.REFUSED, _refused_message(upstream))
    message = f"{upstream.name} broke the connection off before its answer was complete."
    return UpstreamUnreachableError(ErrorClass.REFUSED, message)


def _refused_message(upstream: Upstream) -> str:
    message = f"Nothing is listening on {upstream.host_and_port}."
    if upstream.host in _LOCAL_NAMES:
        return f"{message} Inside a container, localhost is the container itself."
    return message


def _tls_message(exc: ssl.SSLError, upstream: Upstream) -> str:
    if "WRONG_VERSION_NUMBER" in str(exc):
        return f"TLS problem: {upstream.host_and_port} does not speak TLS; try http:// in the address."
    reason = exc.verify_message if isinstance(exc, ssl.SSLCertVerificationError) else (exc.reason or "handshake failed")
    hint = "Use the name in the certificate, add its CA, or switch verification off for this integration."
    return f"TLS problem: {reason}. {hint}"


def _causes(exc: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = exc
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _waited_s(exc: httpx.TimeoutException) -> float:
    timeouts = exc.request.extensions.get("timeout", {}) if exc._request is not None else {}  # noqa: SLF001  `request` raises when it is not set
    kind = "connect" if isinstance(exc, httpx.ConnectTimeout) else "read"
    return float(timeouts.get(kind) or 30)


def from_status(response: httpx.Response, upstream: Upstream, body: bytes = b"") -> UpstreamError:
    """The error for an answer whose status is not a success; redirects are somebody else's."""
    status, name, label = response.status_code, upstream.name, upstream.system.label
    error_class = _complaint(body, upstream) or upstream.system.statuses.get(status) or _usual_class(response)
    match error_class:
        case ErrorClass.RATE_LIMITED:
            return _busy(response, upstream)
        case ErrorClass.AUTH | ErrorClass.FORBIDDEN | ErrorClass.API_DISABLED:
            return UpstreamDeniedError(error_class, _denied(error_class, upstream), status=status)
        case ErrorClass.NOT_FOUND:
            message = f"Connected, but this does not look like {label}. Check the port and the URL base."
            return UpstreamConfusingError(error_class, message, status=status)
        case ErrorClass.STARTING | ErrorClass.SERVER_ERROR:
            is_booting = error_class is ErrorClass.STARTING
            message = (
                f"{name} is still starting." if is_booting else f"{name} answered with an internal error ({status})."
            )
            return UpstreamUnreachableError(error_class, message, status=status)
        case _:
            message = f"{name} sent an answer that cannot be read (status {status})."
            return UpstreamConfusingError(ErrorClass.BAD_RESPONSE, message, status=status)


def _busy(response: httpx.Response, upstream: Upstream) -> UpstreamError:
    wait_s = retry_after_s(response)
    shown = "" if wait_s is None else f"; it asks for a pause of {math.ceil(wait_s)} s"
    return UpstreamBusyError(f"{upstream.name} is limiting requests{shown}.", retry_after_s=wait_s)


def _denied(error_class: ErrorClass, upstream: Upstream) -> str:
    name, place = upstream.name, upstream.system.key_place
    if error_class is ErrorClass.AUTH:
        return f"{name} rejected the API key. Copy it again from {place}."
    if error_class is ErrorClass.API_DISABLED:
        return f"The API is switched off in {name}: see {place}."
    return f"The key of {name} works but lacks permission for this call."


def from_complaint(body: bytes, upstream: Upstream) -> UpstreamError | None:
    """The error that words of an answer with a good status tell about; None when they tell none that is known."""
    error_class = _complaint(body, upstream)
    return None if error_class is None else UpstreamDeniedError(error_class, _denied(error_class, upstream))


def _complaint(body: bytes, upstream: Upstream) -> ErrorClass | None:
    return next((found for words, found in upstream.system.complaints.items() if words in body), None)


def _usual_class(response: httpx.Response) -> ErrorClass:
    status = response.status_code
    if status == 503 and "retry-after" in response.headers:
        return ErrorClass.STARTING
    return _STATUSES.get(status, ErrorClass.SERVER_ERROR if status >= 500 else ErrorClass.BAD_RESPONSE)


def from_declined_change(response: httpx.Response, upstream: Upstream) -> UpstreamError:
    """The error for a change that was answered with a 4xx: known for certain not to have happened."""
    match response.status_code:
        case 404:
            return UpstreamGoneError(f"{upstream.name} no longer knows this item.")
        case 409:
            message = f"{upstream.name} refused: a root folder is missing or empty. Check its mounts."
            return UpstreamRefusedError(ErrorClass.ROOT_FOLDER_MISSING, message, status=409)
        case 400 | 405 | 422:
            message = f"{upstream.name} declined the change as invalid."
            return UpstreamRefusedError(ErrorClass.REJECTED, message, status=response.status_code)
        case _:
            return from_status(response, upstream)


def retry_after_s(response: httpx.Response) -> float | None:
    """The pause the upstream asks for: seconds or an HTTP date, never more than a minute. None: it does not say."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return min(float(text), RETRY_AFTER_CAP_S)
    until = _http_date(text)
    if until is None:
        return None
    # The server's own clock, where it tells it: the two clocks need not agree.
    sent = _http_date(response.headers.get("date", "")) or real_now()
    return min(max((until - sent).total_seconds(), 0.0), RETRY_AFTER_CAP_S)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo is not None else None


def unreadable_json(upstream: Upstream) -> UpstreamError:
    """A body that is no JSON, or not of the shape this system answers with."""
    return UpstreamConfusingError(ErrorClass.BAD_JSON, _unreadable(upstream))


def unreadable(upstream: Upstream, why: str) -> UpstreamError:
    """An answer that must not be used, with its reason."""
    return UpstreamConfusingError(ErrorClass.BAD_RESPONSE, f"{_unreadable(upstream)[:-1]}: {why}.")


def _unreadable(upstream: Upstream) -> str:
    return f"{upstream.name} sent an answer that cannot be read."
