"""What to do with a redirect: follow it with everything as it was, or refuse; a key never leaves its host."""

from dataclasses import dataclass

import httpx

from libs.integrations.errors import ErrorClass, UpstreamConfusingError, UpstreamDeniedError, UpstreamError
from libs.integrations.translation import Upstream, unreadable
from libs.integrations.urls import host_of, is_same_origin

MAX_HOPS = 5
READS = frozenset({"GET", "HEAD"})
_LOGIN_ENDINGS = ("/login", "/web/", "/web/index.html", "/auth")
_REPEATS = frozenset({301, 302, 307, 308})


@dataclass(frozen=True, slots=True)
class Hop:
    """Repeat the same call at `url`."""

    url: httpx.URL


def next_hop(request: httpx.Request, response: httpx.Response, upstream: Upstream) -> Hop | UpstreamError:
    """Decide about a 3xx answer. Only the host that was asked is followed, and upwards from http to https."""
    target = _target(request, response)
    if target is None:
        return unreadable(upstream, f"a redirect ({response.status_code}) that leads nowhere")
    refused = _refusal(request.url, target, upstream)
    if refused is not None:
        return refused
    is_read, status = request.method in READS, response.status_code
    if (is_read and status == 303) or (status in _REPEATS and (is_read or _means_the_same(request.url, target))):
        return Hop(target)
    return unreadable(upstream, f"a change was answered by a redirect ({status})")


def _refusal(origin: httpx.URL, target: httpx.URL, upstream: Upstream) -> UpstreamError | None:
    """Why nothing at all may be sent to the target; None when it may."""
    if target.path.lower().endswith(_LOGIN_ENDINGS):
        return login_page(upstream)
    if target.host.lower() != origin.host.lower():
        return _other_address(upstream, host_of(str(target)))
    if not _keeps_safe(origin, target):
        return _other_address(upstream, f"{target.scheme}://{target.netloc.decode()}")
    return None


def base_after(hop: httpx.URL, endpoint: str) -> str | None:
    """The base URL a redirect shows to be the right one; None when it moved more than the base."""
    path = hop.path.rstrip("/")
    if not path.endswith(endpoint.rstrip("/")):
        return None
    root = str(hop.copy_with(path="/", query=None, fragment=None)).rstrip("/")
    return f"{root}{path[: len(path) - len(endpoint.rstrip('/'))]}"


def login_page(upstream: Upstream) -> UpstreamError:
    """Something in front of the upstream wants a person to log in."""
    message = (
        f"A login page answered instead of the API of {upstream.name}. "
        "A reverse proxy or SSO is in front: exempt the API path, or use the internal address."
    )
    return UpstreamDeniedError(ErrorClass.LOGIN_PAGE, message)


def _target(request: httpx.Request, response: httpx.Response) -> httpx.URL | None:
    location = response.headers.get("location", "")
    if not location:
        return None
    try:
        target = request.url.join(location)
    except (httpx.InvalidURL, ValueError):
        return None
    return target if target.scheme in {"http", "https"} and target.host else None


def _keeps_safe(origin: httpx.URL, target: httpx.URL) -> bool:
    if is_same_origin(str(origin), str(target)):
        return True
    return origin.scheme == "http" and target.scheme == "https"


def _means_the_same(origin: httpx.URL, target: httpx.URL) -> bool:
    """True when a change is only moved below another base or re-spelt: nothing else may be changed in its place."""
    return target.query == origin.query and _spelling(target.path).endswith(_spelling(origin.path))


def _spelling(path: str) -> str:
    return f"/{'/'.join(part for part in path.lower().split('/') if part)}"


def _other_address(upstream: Upstream, shown: str) -> UpstreamError:
    message = f"{upstream.base_url} redirects to {shown}; enter that address if it is right."
    return UpstreamConfusingError(ErrorClass.REDIRECT_OTHER_HOST, message)
