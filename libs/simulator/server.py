"""What every simulated system has in common: an address, a key, and a table of calls it answers."""

import hmac
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import msgspec

from libs.simulator.calls import Answer
from libs.simulator.installed import Installed
from libs.simulator.world import World


class Asked(msgspec.Struct, kw_only=True):
    """A request as it came in: `path` without the URL base, header names in lower case.

    `key` is the key the caller showed, and `auth` how: the name of a header or of a query value, or none. Query values
    that are keys are not in `query`.
    """

    instance: str
    method: str
    path: str
    query: dict[str, list[str]] = {}
    headers: dict[str, str] = {}
    raw: bytes = b""
    key: str = ""
    auth: str = "none"


class SimulatedServer(ABC):
    """One system as its handlers see it; a subclass says who may ask."""

    reads_of_library: ClassVar[tuple[str, ...]] = ()
    """Beginnings of the paths whose reading wears down the promise of a lying delete."""

    def __init__(self, world: World, installed: Installed) -> None:
        self.world = world
        self.installed = installed

    @property
    def url_base(self) -> str:
        """The prefix of every address of this system."""
        return self.installed.url_base

    @abstractmethod
    def open_answer(self, asked: Asked) -> Answer | None:
        """The answer to a call that needs no key, such as a sign of life or the index page; None for all others."""

    def admits(self, asked: Asked) -> bool:
        """Whether the caller showed the right key."""
        return hmac.compare_digest(asked.key.encode(), self.installed.api_key.encode())

    def denied(self, asked: Asked) -> Answer:  # noqa: ARG002  some systems look at the call
        """What a caller without the right key gets."""
        return Answer(status=401)


INDEX_PAGE = b"<!doctype html><html><head><title>Library</title></head><body><div id='root'></div></body></html>"


def index_page() -> Answer:
    """The single page of a web interface, which answers every path that no API has."""
    return Answer(body=INDEX_PAGE, content_type="text/html")


def credentials(headers: Mapping[str, str], query: dict[str, list[str]]) -> tuple[str, str]:
    """The key a caller showed, and how; keys are taken out of `query`. Headers win over the query."""
    hidden = {name: query.pop(name)[0] for name in [*query] if name.lower() in _KEY_QUERIES}
    authorization = headers.get("authorization", "")
    if authorization:
        return _from_authorization(authorization)
    named = next(((headers[name], name) for name in _KEY_HEADERS if headers.get(name)), None)
    if named is not None:
        return named
    return next(((value, "query") for value in hidden.values()), ("", "none"))


def _from_authorization(value: str) -> tuple[str, str]:
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "mediabrowser":
        return rest.strip(), scheme.lower()
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    return fields.get("Token", "").strip('"'), "mediabrowser"


_KEY_HEADERS = ("x-api-key", "x-plex-token", "x-emby-token", "x-mediabrowser-token", "x-api-token")
_KEY_QUERIES = frozenset({"apikey", "api_key", "x-plex-token"})
